package org.smtpproxy.store.postgres;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.Secret;

/**
 * A PostgreSQL server that belongs to this process: durable, reachable from this machine only, with a password. One
 * that a killed predecessor left running is taken over, one that dies is started again at the same address. The caller
 * makes sure that one process at a time has the folder.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);

    /** After a crash the server replays its log, and says so meanwhile. */
    private static final Duration LONGEST_START = Duration.ofMinutes(5);

    private static final int START_ATTEMPTS = 20;
    private static final int LOOK_AGAIN_MS = 20;

    /** Below the ports that outgoing connections get: none may take ours while the server is down. */
    private static final int LOWEST_PORT = 20_000;

    private static final int HIGHEST_PORT = 32_000;

    private final Cluster cluster;
    private final int port;
    private final Thread watcher;

    private volatile ProcessHandle postmaster;
    private volatile boolean closing;

    private EmbeddedPostgres(Cluster cluster, int port, ProcessHandle postmaster) {
        this.cluster = cluster;
        this.port = port;
        this.postmaster = postmaster;
        this.watcher = Thread.ofVirtual().name("postgres-watcher").unstarted(this::watch);
    }

    /**
     * Returns when the server takes connections.
     *
     * @param folder of this server alone, made if missing
     * @param password of {@link #owner()}: set by the first start, to be the same at all later ones
     */
    public static EmbeddedPostgres start(Path folder, Secret password) throws IOException, InterruptedException {
        Cluster cluster = Cluster.in(folder);
        cluster.initialize(password);
        Optional<LockFile> left = leftRunning(cluster, password);
        EmbeddedPostgres postgres = left.isPresent() ? adopt(cluster, left.get()) : launchAnywhere(cluster);
        postgres.watcher.start();
        return postgres;
    }

    public String jdbcUrl() {
        return jdbcUrl(port);
    }

    /** The role that owns everything in the database. */
    public String owner() {
        return Cluster.OWNER;
    }

    /** Of the server's first process. */
    public long pid() {
        return postmaster.pid();
    }

    /** Stops the server; transactions that still run are rolled back. */
    @Override
    public void close() throws IOException {
        try {
            unwatch();
            if (postmaster.isAlive()) {
                cluster.stop("fast");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while PostgreSQL was stopping", e);
        }
    }

    /** Leaves the server to itself, as a killed process does. */
    void unwatch() throws InterruptedException {
        closing = true;
        watcher.interrupt();
        watcher.join();
    }

    /** The server that a predecessor left, if it is of use; any other is stopped. */
    private static Optional<LockFile> leftRunning(Cluster cluster, Secret password)
            throws IOException, InterruptedException {
        Optional<LockFile> lock = LockFile.read(cluster.data());
        if (lock.isEmpty()) {
            return Optional.empty();
        }
        if (!lock.get().isServing(cluster.data())) {
            // The server would take whoever has its old process id for another server.
            Files.deleteIfExists(cluster.data().resolve("postmaster.pid"));
            return Optional.empty();
        }
        LockFile found = lock.get();
        if (found.isReady() && isLikeOurs(found, cluster) && answers(found.port(), password)) {
            return lock;
        }
        LOG.info("stopping a PostgreSQL that was left running and is of no use, pid {}", found.pid());
        cluster.stop(found.isReady() ? "fast" : "immediate");
        return Optional.empty();
    }

    private static boolean isLikeOurs(LockFile found, Cluster cluster) throws IOException {
        return found.command().equals(cluster.server(found.port()));
    }

    private static boolean answers(int port, Secret password) {
        Properties login = new Properties();
        login.setProperty("user", Cluster.OWNER);
        login.setProperty("password", password.reveal());
        login.setProperty("connectTimeout", "5");
        login.setProperty("socketTimeout", "5");
        try (Connection connection = DriverManager.getConnection(jdbcUrl(port), login)) {
            return connection.isValid(5);
        } catch (SQLException e) {
            LOG.warn("the PostgreSQL that was left running doesn't answer: {}", e.getMessage());
            return false;
        }
    }

    private static EmbeddedPostgres adopt(Cluster cluster, LockFile left) throws IOException {
        LOG.info("taking over the PostgreSQL that was left running, pid {}", left.pid());
        ProcessHandle handle = ProcessHandle.of(left.pid())
                .orElseThrow(() -> new IOException("PostgreSQL ended while it was taken over"));
        return new EmbeddedPostgres(cluster, left.port(), handle);
    }

    private static EmbeddedPostgres launchAnywhere(Cluster cluster) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            int port = freePort();
            try {
                return new EmbeddedPostgres(cluster, port, launch(cluster, port));
            } catch (IOException e) {
                if (attempt == START_ATTEMPTS) {
                    throw e;
                }
                // The remains of a killed server may still hold its shared memory for a moment.
                Thread.sleep(pause(attempt));
            }
        }
    }

    private static ProcessHandle launch(Cluster cluster, int port) throws IOException, InterruptedException {
        Process process = cluster.launch(port);
        try {
            long deadline = System.nanoTime() + LONGEST_START.toNanos();
            while (!isReady(cluster, process.pid())) {
                if (!process.isAlive()) {
                    throw new IOException("PostgreSQL doesn't start:\n" + cluster.lastWords());
                }
                if (System.nanoTime() > deadline) {
                    process.destroyForcibly();
                    throw new IOException("PostgreSQL isn't ready after " + LONGEST_START.toSeconds() + " seconds:\n"
                            + cluster.lastWords());
                }
                Thread.sleep(LOOK_AGAIN_MS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw e;
        }
        return process.toHandle();
    }

    private static boolean isReady(Cluster cluster, long pid) throws IOException {
        return LockFile.read(cluster.data())
                .filter(lock -> lock.pid() == pid && lock.isReady())
                .isPresent();
    }

    private static int freePort() throws IOException {
        IOException last = new IOException("no port is free");
        for (int attempt = 0; attempt < 50; attempt++) {
            int port = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
            try (ServerSocket socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException taken) {
                last = taken;
            }
        }
        throw last;
    }

    private void watch() {
        try {
            while (!closing) {
                postmaster.onExit().get();
                restart();
            }
        } catch (InterruptedException e) {
            LOG.debug("no longer watching PostgreSQL");
        } catch (ExecutionException e) {
            LOG.error("PostgreSQL is not watched any more", e);
        }
    }

    private void restart() throws InterruptedException {
        for (int attempt = 1; !closing; attempt++) {
            LOG.warn("PostgreSQL (pid {}) has ended; starting it again", postmaster.pid());
            try {
                postmaster = launch(cluster, port);
                LOG.info("PostgreSQL runs again, pid {}", postmaster.pid());
                return;
            } catch (IOException e) {
                LOG.error("PostgreSQL could not be started again (attempt {})", attempt, e);
                Thread.sleep(pause(attempt));
            }
        }
    }

    private static Duration pause(int attempt) {
        return Duration.ofMillis(Math.min(5_000, 100L << Math.min(attempt, 6)));
    }

    private static String jdbcUrl(int port) {
        return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
    }
}
