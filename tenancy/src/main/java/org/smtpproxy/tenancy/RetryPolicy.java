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
        Backoff.requirePositive(lifetime, "lifetime");
        on = on.isEmpty() ? Map.of() : Map.copyOf(new EnumMap<>(on));
    }

    /**
     * The pause before the next attempt; empty when there is none.
     *
     * @param attempts counted attempts including the one that just failed
     * @param age how old the message is. Attempts that fail for {@link FailureType#CONFIGURATION} aren't counted, so
     *     their pauses grow with it: as they would in the same time if they were
     */
    public Optional<Duration> delay(FailureType type, int attempts, Duration age, RandomGenerator random) {
        Backoff schedule = on.getOrDefault(type, base);
        if (type == FailureType.CONFIGURATION) {
            return Optional.of(schedule.delayAtAge(age, random));
        }
        return attempts >= maxAttempts ? Optional.empty() : Optional.of(schedule.delay(attempts, random));
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
            return jittered(initial.toMillis() * Math.pow(factor, Math.max(0, attempts - 1)), random);
        }

        /** The pause that is due when the pauses so far add up to this: the sum of a geometric series, turned round. */
        Duration delayAtAge(Duration age, RandomGenerator random) {
            return jittered(initial.toMillis() + Math.max(0, age.toMillis()) * (factor - 1), random);
        }

        private Duration jittered(double wanted, RandomGenerator random) {
            double millis = Math.min((double) max.toMillis(), wanted);
            double share = jitter == 0 ? 1 : 1 + random.nextDouble(-jitter, jitter);
            return Duration.ofMillis(Math.max(1, Math.round(millis * share)));
        }

        /** Here, so that this record's constants don't wait for those of the policy, which are made of them. */
        private static void requirePositive(Duration duration, String name) {
            if (duration.compareTo(Duration.ofMillis(1)) < 0) {
                throw new IllegalArgumentException(name + " is at least 1ms");
            }
        }
    }
}
