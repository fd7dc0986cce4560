package org.smtpproxy.queue.embedded;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.queue.Lease;
import org.smtpproxy.queue.StaleLeaseException;

/**
 * Who has which part, and for how long. Leases run on time that only passes: were it the clock, one step of it would
 * end all of them at once, and what is being delivered would be delivered again. Guarded by the lock of
 * {@link Schedule}.
 */
final class Leases {
    private final Map<PartId, Claimed> byPart = new HashMap<>();
    private final Clock clock;
    private final LongSupplier uptime;
    private final Duration length;
    private long tokens;
    /** No lease ends before, by {@link #uptime}. */
    private long nextEnd = Long.MAX_VALUE;

    Leases(SpoolOptions options) {
        this.clock = options.clock();
        this.uptime = options.uptime();
        this.length = options.lease();
    }

    /** Tokens grow from here; larger than any of an earlier process. */
    void firstToken(long token) {
        tokens = token;
    }

    Claimed begin(WaitingPart part) {
        Claimed claimed = new Claimed(part, lease(part.id(), ++tokens), end());
        byPart.put(part.id(), claimed);
        return claimed;
    }

    boolean has(PartId part) {
        return byPart.containsKey(part);
    }

    /** The part of a lease, or null when the lease was lost. */
    @Nullable
    Claimed find(Lease lease) {
        Claimed claimed = byPart.get(lease.part());
        return claimed == null || claimed.lease().token() != lease.token() ? null : claimed;
    }

    /** The part of a lease that still holds. */
    Claimed held(Lease lease) {
        Claimed claimed = find(lease);
        if (claimed == null) {
            throw new StaleLeaseException(lease);
        }
        return claimed;
    }

    void extend(Claimed claimed) {
        claimed.extend(lease(claimed.part().id(), claimed.lease().token()), end());
    }

    void end(Claimed claimed) {
        byPart.remove(claimed.part().id());
    }

    List<Claimed> all() {
        return List.copyOf(byPart.values());
    }

    /** Those whose time is over; not those whose outcome is being written. */
    List<Claimed> expired() {
        long now = uptime.getAsLong();
        if (now < nextEnd) {
            return List.of();
        }
        nextEnd = Long.MAX_VALUE;
        List<Claimed> expired = new ArrayList<>();
        for (Claimed claimed : byPart.values()) {
            if (claimed.end() > now || claimed.isSettling()) {
                nextEnd = Math.min(nextEnd, Math.max(claimed.end(), now + 1));
            } else {
                expired.add(claimed);
            }
        }
        return expired;
    }

    /** How long it is until {@link #expired} may tell of one more. */
    long millisToNext() {
        return nextEnd == Long.MAX_VALUE ? Long.MAX_VALUE : nextEnd - uptime.getAsLong();
    }

    private Lease lease(PartId part, long token) {
        return new Lease(part, token, Instant.ofEpochMilli(clock.millis()).plus(length));
    }

    private long end() {
        long end = uptime.getAsLong() + length.toMillis();
        nextEnd = Math.min(nextEnd, end);
        return end;
    }
}
