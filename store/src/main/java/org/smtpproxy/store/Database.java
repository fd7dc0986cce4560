package org.smtpproxy.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The database of this installation, migrated and ready. Everything later goes through its {@link Transactions}, as a
 * role that owns nothing and is held to its rows by the database itself.
 */
public final class Database implements AutoCloseable {
    static final String SCHEMA = "smtp_proxy";

    private final DatabaseSettings settings;
    private final Pools primary;
    private final Optional<Replica> replica;
    private final Transactions transactions;

    private Database(DatabaseSettings settings, Pools primary, Optional<Replica> replica) {
        this.settings = settings;
        this.primary = primary;
        this.replica = replica;
        this.transactions = new Transactions(primary, replica);
    }

    /**
     * Brings the schema up to date and opens the pools. Any number of nodes may do so at once.
     *
     * @throws DatabaseRefusedException with a text for the operator
     */
    public static Database open(DatabaseSettings settings) {
        new Preparation(settings).run();
        Pools primary = Pools.open(settings.url(), settings, "primary");
        try {
            return new Database(
                    settings, primary, settings.replicaUrl().map(url -> Replica.watch(url, settings, primary)));
        } catch (RuntimeException e) {
            primary.close();
            throw e;
        }
    }

    public Transactions transactions() {
        return transactions;
    }

    Pools pools() {
        return primary;
    }

    /** A connection outside the pools that works for all tenants, for who waits for notifications. */
    Connection dedicatedConnection() throws SQLException {
        return Pools.connect(settings.url(), settings.platform());
    }

    @Override
    public void close() {
        replica.ifPresent(Replica::close);
        primary.close();
    }
}
