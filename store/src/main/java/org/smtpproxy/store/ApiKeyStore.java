package org.smtpproxy.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The keys of programs, found by a keyed hash that the caller makes. */
public final class ApiKeyStore {
    private final Transactions transactions;

    public ApiKeyStore(Transactions transactions) {
        this.transactions = transactions;
    }

    /** @param createdBy who makes it, for people to read */
    public record NewKey(String name, String keyHash, Role role, Optional<Instant> expiresAt, String createdBy) {}

    /** Oldest first. */
    public Page<ApiKey> list(Scope scope, PageRequest page) {
        String after = page.after();
        return scope.read(
                transactions,
                sql -> Page.of(
                        scope.bind(sql.sql(listSql(scope)))
                                .param("after", after)
                                .param("rows", page.rows())
                                .query((row, number) -> key(row))
                                .list(),
                        page,
                        ApiKey::id));
    }

    static String listSql(Scope scope) {
        return "select * from api_keys where " + scope.condition() + " and id > :after order by id limit :rows";
    }

    public Optional<ApiKey> find(Scope scope, String id) {
        return scope.write(transactions, sql -> find(sql, id));
    }

    /** For authentication; also one that has expired. */
    public Optional<ApiKey> findByHash(String keyHash) {
        return transactions.forAll(sql -> sql.sql("select * from api_keys where key_hash = ?")
                .param(keyHash)
                .query((row, number) -> key(row))
                .optional());
    }

    public Outcome<ApiKey> create(Optional<TenantId> tenant, NewKey key) {
        key.role().validate(tenant.isPresent());
        String id = ConfigurationWriter.newId(Instant.now());
        return TenantChange.undoing(() -> new Scope(tenant).write(transactions, sql -> {
            sql.sql("""
                            insert into api_keys (id, tenant_id, name, key_hash, role, expires_at, created_by)
                            values (:id, :tenant, :name, :hash, :role, :expires, :by)
                            """)
                    .param("id", id)
                    .param("tenant", tenant.map(TenantId::value).orElse(null))
                    .param("name", key.name())
                    .param("hash", key.keyHash())
                    .param("role", key.role().word())
                    .param("expires", Rows.time(key.expiresAt()))
                    .param("by", key.createdBy())
                    .update();
            return new Outcome.Done<>(find(sql, id).orElseThrow());
        }));
    }

    public boolean delete(Scope scope, String id) {
        return scope.write(
                transactions,
                sql -> sql.sql("delete from api_keys where id = ?").param(id).update() > 0);
    }

    /** Not more often than needed: callers note a use a minute at most. */
    public void used(String id, Instant at) {
        transactions.forAll(sql -> sql.sql("update api_keys set last_used_at = greatest(last_used_at, ?) where id = ?")
                .params(Rows.time(at), id)
                .update());
    }

    private static Optional<ApiKey> find(JdbcClient sql, String id) {
        return sql.sql("select * from api_keys where id = ?")
                .param(id)
                .query((row, number) -> key(row))
                .optional();
    }

    private static ApiKey key(ResultSet row) throws SQLException {
        return new ApiKey(
                row.getString("id"),
                row.getString("name"),
                Role.of(row.getString("role")),
                Rows.optionalText(row, "tenant_id").map(TenantId::new),
                Rows.optionalInstant(row, "expires_at"),
                Rows.optionalInstant(row, "last_used_at"),
                row.getString("created_by"),
                Rows.instant(row, "created_at"));
    }
}
