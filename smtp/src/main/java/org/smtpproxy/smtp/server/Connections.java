package org.smtpproxy.smtp.server;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** The open connections of a server, and whether it is draining: then the last one out is waited for. */
final class Connections {
    private final Set<Connection> open = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition noneLeft = lock.newCondition();
    private volatile boolean draining;

    void add(Connection connection) {
        open.add(connection);
    }

    void remove(Connection connection) {
        open.remove(connection);
        if (draining && open.isEmpty()) {
            lock.lock();
            try {
                noneLeft.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    int count() {
        return open.size();
    }

    boolean isDraining() {
        return draining;
    }

    /**
     * From now on sessions end when they are idle. The flag is set before idleness is looked at here, and read behind
     * it in {@link Connection}: whoever comes second sees the other.
     */
    void drain() {
        draining = true;
        for (Connection connection : open) {
            connection.endInputIfIdle(ServerReplies.SHUTTING_DOWN);
        }
    }

    void endAll() {
        draining = true;
        open.forEach(connection -> connection.endInput(ServerReplies.SHUTTING_DOWN));
    }

    void closeAll() {
        open.forEach(Connection::close);
    }

    /** Cuts off those that are overdue. */
    void sweep(long now) {
        open.forEach(connection -> connection.sweep(now));
    }

    /** Waits until none is open; false if the time is over before. */
    boolean awaitNone(Duration patience) throws InterruptedException {
        long nanos = patience.toNanos();
        lock.lock();
        try {
            while (!open.isEmpty()) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = noneLeft.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }
}
