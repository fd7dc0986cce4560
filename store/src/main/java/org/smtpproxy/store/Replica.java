package org.smtpproxy.store;

import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A streaming replica and whether it can be trusted. It is fresh when it has replayed what the primary had written a
 * look ago; so it lags two looks at most. While the primary is down it keeps the trust it had.
 */
final class Replica implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Replica.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    private final Pools pools;
    private final JdbcClient primary;
    private final JdbcClient standby;
    private final Thread watcher;

    private volatile boolean fresh;
    private @Nullable String writtenBefore;

    private Replica(Pools pools, Pools primary) {
        this.pools = pools;
        this.primary = JdbcClient.create(primary.platform());
        this.standby = JdbcClient.create(pools.platform());
        this.watcher = Thread.ofVirtual().name("replica-watcher").unstarted(this::watch);
    }

    static Replica watch(String url, DatabaseSettings settings, Pools primary) {
        Replica replica = new Replica(Pools.open(url, settings, "replica"), primary);
        replica.watcher.start();
        return replica;
    }

    Pools pools() {
        return pools;
    }

    boolean isFresh() {
        return fresh;
    }

    /** Until the next look finds it well again. */
    void distrust(DataAccessException because) {
        if (fresh) {
            LOG.warn("the replica failed, reading from the primary: {}", because.getMessage());
        }
        fresh = false;
    }

    private void watch() {
        try {
            while (true) {
                look();
                Thread.sleep(LOOK);
            }
        } catch (InterruptedException e) {
            LOG.debug("no longer watching the replica");
        }
    }

    private void look() {
        try {
            String replayedFrom = writtenBefore;
            writtenBefore = written(replayedFrom);
            boolean now = replayedFrom != null && hasReplayed(replayedFrom);
            if (now != fresh) {
                LOG.info(now ? "reading from the replica" : "the replica lags, reading from the primary");
            }
            fresh = now;
        } catch (DataAccessException e) {
            distrust(e);
        }
    }

    private @Nullable String written(@Nullable String before) {
        try {
            return primary.sql("select pg_current_wal_lsn()::text")
                    .query(String.class)
                    .single();
        } catch (DataAccessException e) {
            LOG.debug("the primary doesn't answer", e);
            return before;
        }
    }

    /** Never of a server that takes writes of its own: it isn't a replica, or not of ours any more. */
    private boolean hasReplayed(String position) {
        return standby.sql("""
                        select pg_is_in_recovery() and coalesce(pg_last_wal_replay_lsn() >= ?::pg_lsn, false)
                        """).param(position).query(Boolean.class).single();
    }

    @Override
    public void close() {
        watcher.interrupt();
        pools.close();
    }
}
