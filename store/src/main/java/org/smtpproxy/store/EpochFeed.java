package org.smtpproxy.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;

import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of each new epoch of the configuration, and of commands to this node. PostgreSQL notifies; a look now and then
 * makes up for what a lost connection kept from us, so at most that much later everything is heard.
 */
public final class EpochFeed implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EpochFeed.class);
    private static final Duration CATCH_UP = Duration.ofSeconds(5);
    private static final Duration RECONNECT = Duration.ofMillis(500);

    /** Called on the feed's thread, one after the other; what it throws is logged. */
    public interface Listener {
        /** Epochs only grow; some may be left out. */
        void epoch(long epoch);

        /** There may be open commands. */
        void commands();
    }

    private final Database database;
    private final String node;
    private final Listener listener;
    private final Thread thread;

    private long told;
    private volatile boolean closed;
    private volatile @Nullable Connection listening;

    private EpochFeed(Database database, String node, long known, Listener listener) {
        this.database = database;
        this.node = node;
        this.told = known;
        this.listener = listener;
        this.thread = Thread.ofPlatform().daemon().name("epoch-feed").unstarted(this::run);
    }

    /**
     * Goes on until it is closed, also while the database is away.
     *
     * @param known the epoch that the caller has; newer ones are told
     */
    public static EpochFeed start(Database database, String node, long known, Listener listener) {
        EpochFeed feed = new EpochFeed(database, node, known, listener);
        feed.thread.start();
        return feed;
    }

    private void run() {
        boolean away = false;
        while (!closed) {
            try (Connection connection = database.dedicatedConnection();
                    Statement sql = connection.createStatement()) {
                listening = connection;
                sql.execute("listen " + ConfigurationLock.CHANNEL);
                sql.execute("listen " + NodeStore.CHANNEL);
                if (away) {
                    LOG.info("hearing of changes again");
                }
                away = false;
                follow(connection, sql);
            } catch (SQLException e) {
                if (!away && !closed) {
                    LOG.warn("not hearing of changes: {}", e.getMessage());
                }
                away = true;
            }
            pause();
        }
    }

    /** Looks first: what happened before LISTEN was heard by nobody. */
    private void follow(Connection connection, Statement sql) throws SQLException {
        PGConnection notifications = connection.unwrap(PGConnection.class);
        while (!closed) {
            look(sql);
            boolean quiet = false;
            while (!quiet && !closed) {
                PGNotification[] heard = notifications.getNotifications((int) CATCH_UP.toMillis());
                quiet = heard == null || heard.length == 0;
                for (PGNotification notification : quiet ? new PGNotification[0] : heard) {
                    hear(notification);
                }
            }
        }
    }

    private void look(Statement sql) throws SQLException {
        try (var row = sql.executeQuery("select epoch from config_epoch")) {
            if (row.next()) {
                tell(row.getLong(1));
            }
        }
        guarded(listener::commands);
    }

    private void hear(PGNotification notification) {
        switch (notification.getName().toLowerCase(Locale.ROOT)) {
            case ConfigurationLock.CHANNEL -> tell(Long.parseLong(notification.getParameter()));
            case NodeStore.CHANNEL -> {
                if (notification.getParameter().equals(node)) {
                    guarded(listener::commands);
                }
            }
            default -> LOG.debug("a notification on {} is not for us", notification.getName());
        }
    }

    private void tell(long epoch) {
        if (epoch > told) {
            told = epoch;
            guarded(() -> listener.epoch(epoch));
        }
    }

    private static void guarded(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("a change was not taken up", e);
        }
    }

    private void pause() {
        try {
            if (!closed) {
                Thread.sleep(RECONNECT);
            }
        } catch (InterruptedException e) {
            closed = true;
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.interrupt();
        Connection connection = listening;
        try {
            if (connection != null) {
                connection.abort(Runnable::run); // it waits where no interrupt reaches it
            }
            thread.join();
        } catch (SQLException e) {
            LOG.debug("the feed's connection was gone already", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
