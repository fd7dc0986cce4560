package org.smtpproxy.tenancy;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * When a recipient is tried again, and when no more: exponential back-off with jitter, in different schedules for
 * different failures. Whichever comes first ends it: {@code maxAttempts} counted attempts, or {@code lifetime}.
 *
 * @param base the schedule of failures without one of their own
 * @param on schedules of single failure types
 */
public record RetryPolicy(Backoff base, Map<FailureType, Backoff> on, int maxAttempts, Duration lifetime) {
    public static final RetryPolicy DEFAULT = new RetryPolicy(Backoff.DEFAULT, Map.of(), 12, Duration.ofDays(2));

    public RetryPolicy {
        if (maxAttempts < 1) {
            throw new IllegalArgumentException("maxAttempts is at least 1");
        }
        requirePositive(lifetime, "lifetime");
        on = on.isEmpty() ? Map.of() : Map.copyOf(new EnumMap<>(on));
    }

    /**
     * The pause before the next attempt; empty when there is none.
     *
     * @param attempts counted attempts including the one that just failed. {@link FailureType#CONFIGURATION} isn't
     *     counted against {@code maxAttempts}: the number only says how far the back-off has come
     */
    public Optional<Duration> delay(FailureType type, int attempts, RandomGenerator random) {
        if (type != FailureType.CONFIGURATION && attempts >= maxAttempts) {
            return Optional.empty();
        }
        return Optional.of(on.getOrDefault(type, base).delay(attempts, random));
    }

    /**
     * One schedule: {@code initial}, then {@code factor} times longer each time up to {@code max}, and each pause
     * lengthened or shortened at random by up to the share {@code jitter}, so that what failed together isn't retried
     * together.
     */
    public record Backoff(Duration initial, double factor, double jitter, Duration max) {
        public static final Backoff DEFAULT = new Backoff(Duration.ofSeconds(30), 2, 0.2, Duration.ofHours(1));

        static final double LARGEST_FACTOR = 100;

        public Backoff {
            requirePositive(initial, "initial");
            if (max.compareTo(initial) < 0) {
                throw new IllegalArgumentException("max is shorter than initial");
            }
            if (!(factor >= 1 && factor <= LARGEST_FACTOR)) {
                throw new IllegalArgumentException("factor is 1 to 100");
            }
            if (!(jitter >= 0 && jitter < 1)) {
                throw new IllegalArgumentException("jitter is 0 or more and less than 1");
            }
        }

        Duration delay(int attempts, RandomGenerator random) {
            double growth = Math.pow(factor, Math.max(0, attempts - 1));
            double millis = Math.min((double) max.toMillis(), initial.toMillis() * growth);
            double share = jitter == 0 ? 1 : 1 + random.nextDouble(-jitter, jitter);
            return Duration.ofMillis(Math.max(1, Math.round(millis * share)));
        }
    }

    private static void requirePositive(Duration duration, String name) {
        if (duration.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException(name + " is at least 1ms");
        }
    }
}
