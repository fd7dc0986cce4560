package org.smtpproxy.smtp.server;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long a client may keep its session waiting. The session's thread starts and stops the clock; the reaper's thread
 * reads when it runs out. Each command gets a fresh allowance, so that dripping one command octet by octet gains no
 * time. Content is a leaking bucket: every octet earns a little, up to the window. A stranger's session ends soon,
 * whatever it does.
 */
final class Allowance {
    private static final long NEVER = Long.MAX_VALUE;

    private final LongSupplier clock;
    private final long command;
    private final long window;
    private final long perOctet;
    private final long sessionEnd;

    private long end;
    private long left;
    private boolean inContent;
    private long since;
    private volatile long overdueAt = NEVER;

    /** {@code clock} counts nanoseconds up from any small number. */
    Allowance(Deadlines deadlines, LongSupplier clock) {
        this.clock = clock;
        command = deadlines.command().toNanos();
        window = deadlines.contentWindow().toNanos();
        perOctet = 1_000_000_000L / deadlines.contentBytesPerSecond();
        long start = clock.getAsLong();
        sessionEnd = start + deadlines.session().toNanos();
        end = Math.min(start + deadlines.stranger().toNanos(), sessionEnd);
        left = command;
    }

    /** The client is no stranger any more. */
    void extendToSession() {
        end = sessionEnd;
    }

    /** A command was taken, or none has come yet. */
    void renewForCommand() {
        inContent = false;
        left = command;
    }

    /** Content is what comes next; does nothing if it is coming already. */
    void renewForContent() {
        if (!inContent) {
            inContent = true;
            left = window;
        }
    }

    void startWaiting() {
        since = clock.getAsLong();
        overdueAt = Math.min(since + left, end);
    }

    /** Waiting is over, for {@code octets} that have come. */
    void stopWaiting(int octets) {
        overdueAt = NEVER;
        left -= clock.getAsLong() - since;
        if (inContent && octets > 0) {
            left = Math.min(left + octets * perOctet, window);
        }
    }

    /** Starts the clock for something other than reading. */
    void startWaiting(Duration most) {
        overdueAt = clock.getAsLong() + most.toNanos();
    }

    void stopWaiting() {
        overdueAt = NEVER;
    }

    boolean isOver(long now) {
        return now >= overdueAt;
    }
}
