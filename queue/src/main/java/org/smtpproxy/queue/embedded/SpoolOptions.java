package org.smtpproxy.queue.embedded;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import org.smtpproxy.queue.encryption.MasterKey;

/**
 * Where the spool is and how much it may use.
 *
 * @param contentMemory octets of content in memory: arriving, and accepted but not yet delivered
 * @param eventLogBytes budget of the event log on disk
 * @param windowPerLane waiting parts of one lane in memory
 * @param windowTotal waiting parts of all lanes in memory; every lane may have at least one
 * @param minimumFreeBytes with less disk than this, nothing is accepted
 * @param lease how long a claimed part belongs to its owner
 * @param clock tells which parts are due
 * @param uptime milliseconds that only pass, whatever happens to the clock: leases end by it
 */
public record SpoolOptions(
        Path folder,
        MasterKey key,
        long contentMemory,
        long eventLogBytes,
        int windowPerLane,
        int windowTotal,
        long minimumFreeBytes,
        Duration lease,
        Recovery recovery,
        Clock clock,
        LongSupplier uptime) {

    /** What to do with a damaged log of writes. */
    public enum Recovery {
        /** Forgives a last write that was cut off, and refuses to open when acknowledged writes are damaged. */
        CUT_OFF_TAIL,
        /** Opens with everything before the damage; what is lost is told. Chosen by an operator, once. */
        POINT_IN_TIME
    }

    public SpoolOptions {
        if (windowPerLane < 1 || windowTotal < 1) {
            throw new IllegalArgumentException("a window holds at least one part");
        }
        if (contentMemory < 0 || eventLogBytes < 1 || minimumFreeBytes < 0) {
            throw new IllegalArgumentException("a budget is not negative");
        }
        if (!lease.isPositive()) {
            throw new IllegalArgumentException("a lease lasts");
        }
    }

    /** The defaults: 48 MB of content, 64 MB of events, 256 MB kept free, leases of 15 minutes. */
    public static SpoolOptions at(Path folder, MasterKey key) {
        long megabyte = 1024 * 1024;
        return new SpoolOptions(
                folder,
                key,
                48 * megabyte,
                64 * megabyte,
                4_000,
                40_000,
                256 * megabyte,
                Duration.ofMinutes(15),
                Recovery.CUT_OFF_TAIL,
                Clock.systemUTC(),
                () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    }

    public SpoolOptions withContentMemory(long bytes) {
        return new SpoolOptions(
                folder,
                key,
                bytes,
                eventLogBytes,
                windowPerLane,
                windowTotal,
                minimumFreeBytes,
                lease,
                recovery,
                clock,
                uptime);
    }

    public SpoolOptions withEventLogBytes(long bytes) {
        return new SpoolOptions(
                folder,
                key,
                contentMemory,
                bytes,
                windowPerLane,
                windowTotal,
                minimumFreeBytes,
                lease,
                recovery,
                clock,
                uptime);
    }

    public SpoolOptions withWindow(int perLane, int total) {
        return new SpoolOptions(
                folder,
                key,
                contentMemory,
                eventLogBytes,
                perLane,
                total,
                minimumFreeBytes,
                lease,
                recovery,
                clock,
                uptime);
    }

    public SpoolOptions withMinimumFreeBytes(long bytes) {
        return new SpoolOptions(
                folder,
                key,
                contentMemory,
                eventLogBytes,
                windowPerLane,
                windowTotal,
                bytes,
                lease,
                recovery,
                clock,
                uptime);
    }

    public SpoolOptions withLease(Duration duration) {
        return new SpoolOptions(
                folder,
                key,
                contentMemory,
                eventLogBytes,
                windowPerLane,
                windowTotal,
                minimumFreeBytes,
                duration,
                recovery,
                clock,
                uptime);
    }

    public SpoolOptions withRecovery(Recovery mode) {
        return new SpoolOptions(
                folder,
                key,
                contentMemory,
                eventLogBytes,
                windowPerLane,
                windowTotal,
                minimumFreeBytes,
                lease,
                mode,
                clock,
                uptime);
    }

    public SpoolOptions withClock(Clock other) {
        return new SpoolOptions(
                folder,
                key,
                contentMemory,
                eventLogBytes,
                windowPerLane,
                windowTotal,
                minimumFreeBytes,
                lease,
                recovery,
                other,
                uptime);
    }

    public SpoolOptions withUptime(LongSupplier milliseconds) {
        return new SpoolOptions(
                folder,
                key,
                contentMemory,
                eventLogBytes,
                windowPerLane,
                windowTotal,
                minimumFreeBytes,
                lease,
                recovery,
                clock,
                milliseconds);
    }
}
