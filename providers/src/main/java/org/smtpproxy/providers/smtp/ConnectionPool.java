package org.smtpproxy.providers.smtp;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.smtpproxy.smtp.client.SmtpConnection;

/**
 * The connections of one account. A delivery first gets a place, of which there are as many as connections may be
 * open, then the connection that rested for the shortest time, or opens one. A thread that lives while connections
 * rest closes those that rested too long.
 */
final class ConnectionPool {
    private final int maxConnections;
    private final int maxMessages;
    private final Duration idleTimeout;
    private final Semaphore places;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closing = lock.newCondition();
    private final Deque<Resting> resting = new ArrayDeque<>();
    private boolean sweeping;
    private boolean closed;

    ConnectionPool(int maxConnections, int maxMessages, Duration idleTimeout) {
        this.maxConnections = maxConnections;
        this.maxMessages = maxMessages;
        this.idleTimeout = idleTimeout;
        this.places = new Semaphore(maxConnections, true);
    }

    private record Resting(SmtpConnection connection, long since) {}

    int size() {
        return maxConnections;
    }

    /** Waits for a place; false when none got free until {@code deadline}. */
    boolean enter(Instant deadline) throws InterruptedException {
        long left = TimeUnit.NANOSECONDS.convert(Duration.between(Instant.now(), deadline));
        return places.tryAcquire(left, TimeUnit.NANOSECONDS);
    }

    Optional<SmtpConnection> takeResting() {
        lock.lock();
        try {
            return Optional.ofNullable(resting.pollLast()).map(Resting::connection);
        } finally {
            lock.unlock();
        }
    }

    /** Puts a connection to rest, or closes it if it has served its time. */
    void giveBack(SmtpConnection connection) {
        if (connection.transactions() >= maxMessages || !connection.isUsable() || !rest(connection)) {
            connection.quit();
        }
    }

    void leave() {
        places.release();
    }

    /** Closes what rests, now, and all else when it is given back. */
    void close() {
        List<Resting> rest;
        lock.lock();
        try {
            closed = true;
            rest = new ArrayList<>(resting);
            resting.clear();
            closing.signalAll();
        } finally {
            lock.unlock();
        }
        rest.forEach(one -> Thread.startVirtualThread(one.connection()::quit));
    }

    private boolean rest(SmtpConnection connection) {
        lock.lock();
        try {
            if (closed) {
                return false;
            }
            resting.addLast(new Resting(connection, System.nanoTime()));
            if (!sweeping) {
                sweeping = true;
                Thread.ofVirtual().name("smtp-pool").start(this::sweep);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void sweep() {
        for (Optional<SmtpConnection> next = nextOverdue(); next.isPresent(); next = nextOverdue()) {
            next.get().quit();
        }
    }

    /** Waits until a connection has rested too long; empty when none rests any more. */
    private Optional<SmtpConnection> nextOverdue() {
        lock.lock();
        try {
            while (true) {
                Resting oldest = resting.peekFirst();
                if (oldest == null) {
                    sweeping = false;
                    return Optional.empty();
                }
                long left = TimeUnit.NANOSECONDS.convert(idleTimeout) - (System.nanoTime() - oldest.since());
                if (left <= 0) {
                    resting.removeFirst();
                    return Optional.of(oldest.connection());
                }
                closing.awaitNanos(left);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } finally {
            lock.unlock();
        }
    }
}
