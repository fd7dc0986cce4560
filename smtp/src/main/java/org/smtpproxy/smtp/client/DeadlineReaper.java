package org.smtpproxy.smtp.client;

import java.io.IOException;
import java.nio.channels.Channel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Closes channels whose deadline has passed, so that a read needs no time-out of its own: a timed park per read costs
 * a third of the throughput. One for all connections of a process; its thread lives while there is something to watch.
 * A deadline is noticed up to a tenth of a second late.
 */
public final class DeadlineReaper {
    private static final Duration TICK = Duration.ofMillis(100);
    private static final long NONE = Long.MAX_VALUE;
    private static final long EXPIRED = -1;
    private static final long LONGEST = Long.MAX_VALUE / 2;

    private final long origin = System.nanoTime();
    private final Set<Watch> watched = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean running = new AtomicBoolean();

    /** Begins to watch a channel, without a deadline yet. */
    Watch watch(Channel channel) {
        Watch watch = new Watch(channel);
        watched.add(watch);
        if (running.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("smtp-client-deadlines").start(this::run);
        }
        return watch;
    }

    private void run() {
        do {
            while (!watched.isEmpty()) {
                try {
                    Thread.sleep(TICK);
                } catch (InterruptedException e) {
                    // Nobody but the end of the process may stop this thread: its connections rely on it.
                    continue;
                }
                long now = now();
                watched.forEach(watch -> watch.closeIfOverdue(now));
            }
            running.set(false);
            // A channel may have come between the last look and the line above.
        } while (!watched.isEmpty() && running.compareAndSet(false, true));
    }

    private long now() {
        return System.nanoTime() - origin;
    }

    /** One channel's deadline. Set by the thread that uses the channel, read by the reaper. */
    final class Watch {
        private final Channel channel;
        private final AtomicLong deadline = new AtomicLong(NONE);

        private Watch(Channel channel) {
            this.channel = channel;
        }

        /** From now on the channel has this long. False when it was closed already for an earlier deadline. */
        boolean allow(Duration time) {
            return replace(now() + Math.clamp(TimeUnit.NANOSECONDS.convert(time), 0, LONGEST));
        }

        /** The channel may rest. */
        boolean rest() {
            return replace(NONE);
        }

        boolean expired() {
            return deadline.get() == EXPIRED;
        }

        void end() {
            watched.remove(this);
        }

        private boolean replace(long next) {
            long current = deadline.get();
            return current != EXPIRED && deadline.compareAndSet(current, next);
        }

        private void closeIfOverdue(long now) {
            long current = deadline.get();
            if (current < now && deadline.compareAndSet(current, EXPIRED)) {
                watched.remove(this);
                try {
                    channel.close();
                } catch (IOException e) {
                    // Closed either way: the thread that waits on it wakes with an exception.
                    return;
                }
            }
        }
    }
}
