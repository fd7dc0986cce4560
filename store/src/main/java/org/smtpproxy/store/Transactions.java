package org.smtpproxy.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Optional;
import java.util.function.Function;
import javax.sql.DataSource;

import org.smtpproxy.mail.TenantId;
import org.springframework.dao.DataAccessException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * All work on the database. A tenant's transaction sees and changes that tenant's rows only, whatever its SQL says; the
 * operator's sees all. They are different roles of the database, so a forgotten condition can't turn one into the
 * other. Reads that may be a moment old go to the replica, and to the primary when there is none to trust.
 */
public final class Transactions {
    private final Pools primary;
    private final Optional<Replica> replica;

    Transactions(Pools primary, Optional<Replica> replica) {
        this.primary = primary;
        this.replica = replica;
    }

    /** Commits when the work returns, rolls back when it throws. */
    public <T> T forTenant(TenantId tenant, Function<JdbcClient, T> work) {
        return run(primary.tenants(), Mode.WRITE, ofTenant(tenant, work));
    }

    /** Commits when the work returns, rolls back when it throws. */
    public <T> T forAll(Function<JdbcClient, T> work) {
        return run(primary.platform(), Mode.WRITE, work);
    }

    /** Lists, searches, statistics. */
    public <T> T readForTenant(TenantId tenant, Function<JdbcClient, T> work) {
        return read(Pools::tenants, ofTenant(tenant, work));
    }

    /** Lists, searches, statistics. */
    public <T> T readForAll(Function<JdbcClient, T> work) {
        return read(Pools::platform, work);
    }

    /** Of one moment, and from the primary: what must not be older than something seen before. */
    <T> T snapshotForAll(Function<JdbcClient, T> work) {
        return run(primary.platform(), Mode.SNAPSHOT, work);
    }

    private static <T> Function<JdbcClient, T> ofTenant(TenantId tenant, Function<JdbcClient, T> work) {
        return sql -> {
            sql.sql("select set_config('smtp_proxy.tenant', ?, true)")
                    .param(tenant.value())
                    .query(String.class)
                    .single();
            return work.apply(sql);
        };
    }

    private <T> T read(Function<Pools, DataSource> pool, Function<JdbcClient, T> work) {
        Optional<Replica> fresh = replica.filter(Replica::isFresh);
        if (fresh.isPresent()) {
            try {
                return run(pool.apply(fresh.get().pools()), Mode.READ, work);
            } catch (DataAccessResourceFailureException | TransientDataAccessException e) {
                fresh.get().distrust(e);
            }
        }
        return run(pool.apply(primary), Mode.READ, work);
    }

    private enum Mode {
        WRITE,
        READ,
        SNAPSHOT
    }

    private static <T> T run(DataSource pool, Mode mode, Function<JdbcClient, T> work) {
        try (Connection connection = pool.getConnection()) {
            connection.setReadOnly(mode != Mode.WRITE);
            connection.setTransactionIsolation(
                    mode == Mode.SNAPSHOT
                            ? Connection.TRANSACTION_REPEATABLE_READ
                            : Connection.TRANSACTION_READ_COMMITTED);
            try {
                T result = work.apply(JdbcClient.create(new SingleConnectionDataSource(connection, true)));
                connection.commit();
                return result;
            } catch (Throwable e) {
                rollback(connection, e);
                throw e;
            }
        } catch (SQLException e) {
            throw unavailable(e);
        }
    }

    private static void rollback(Connection connection, Throwable because) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            because.addSuppressed(e);
        }
    }

    private static DataAccessException unavailable(SQLException e) {
        String what = e instanceof SQLTransientException ? "the database gives no connection" : "the database is away";
        return new DataAccessResourceFailureException(what, e);
    }
}
