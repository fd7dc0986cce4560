package org.smtpproxy.tenancy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.smtpproxy.tenancy.RetryPolicy.Backoff;

import static org.assertj.core.api.Assertions.assertThat;

final class RetryPolicyTest {
    private static final Backoff STEADY = new Backoff(Duration.ofSeconds(30), 2, 0, Duration.ofHours(1));

    @Test
    void pausesDoubleUpToTheLongestAndEndWithTheLastAttempt() {
        RetryPolicy policy = new RetryPolicy(STEADY, Map.of(), 12, Duration.ofDays(2));
        assertThat(seconds(policy, FailureType.TRANSIENT, 20))
                .containsExactly(30L, 60L, 120L, 240L, 480L, 960L, 1920L, 3600L, 3600L, 3600L, 3600L);
    }

    @Test
    void aFailureTypeWithItsOwnScheduleFollowsIt() {
        Backoff quick = new Backoff(Duration.ofSeconds(5), 3, 0, Duration.ofMinutes(2));
        Backoff even = new Backoff(Duration.ofMinutes(5), 1, 0, Duration.ofHours(1));
        RetryPolicy policy = new RetryPolicy(
                STEADY, Map.of(FailureType.THROTTLED, quick, FailureType.GREYLISTED, even), 7, Duration.ofDays(2));
        assertThat(seconds(policy, FailureType.THROTTLED, 9)).containsExactly(5L, 15L, 45L, 120L, 120L, 120L);
        assertThat(seconds(policy, FailureType.GREYLISTED, 9)).containsExactly(300L, 300L, 300L, 300L, 300L, 300L);
        assertThat(seconds(policy, FailureType.TRANSIENT, 9)).containsExactly(30L, 60L, 120L, 240L, 480L, 960L);
    }

    @Test
    void troubleWithTheAccountIsNotEndedByTheNumberOfAttempts() {
        RetryPolicy policy = new RetryPolicy(STEADY, Map.of(), 2, Duration.ofDays(2));
        assertThat(seconds(policy, FailureType.CONFIGURATION, 10))
                .containsExactly(30L, 60L, 120L, 240L, 480L, 960L, 1920L, 3600L, 3600L, 3600L);
    }

    @Test
    void oneAttemptMeansNoRetry() {
        RetryPolicy policy = new RetryPolicy(STEADY, Map.of(), 1, Duration.ofDays(2));
        assertThat(policy.delay(FailureType.TRANSIENT, 1, Duration.ZERO, new Random(1)))
                .isEmpty();
    }

    @Test
    void jitterReachesBothSides() {
        List<Long> delays = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(42);
        for (int i = 0; i < 1000; i++) {
            delays.add(RetryPolicy.DEFAULT
                    .delay(FailureType.TRANSIENT, 1, Duration.ZERO, random)
                    .orElseThrow()
                    .toMillis());
        }
        assertThat(delays).allSatisfy(delay -> assertThat(delay).isBetween(24_000L, 36_000L));
        assertThat(delays).anySatisfy(delay -> assertThat(delay).isLessThan(25_000L));
        assertThat(delays).anySatisfy(delay -> assertThat(delay).isGreaterThan(35_000L));
    }

    @Property(tries = 500)
    void everyPauseIsWithinJitterOfTheSchedule(
            @ForAll @LongRange(min = 1, max = 86_400_000) long initial,
            @ForAll @DoubleRange(min = 1, max = 100) double factor,
            @ForAll @DoubleRange(min = 0, max = 0.99) double jitter,
            @ForAll @IntRange(min = 1, max = 10) int times,
            @ForAll @IntRange(min = 1, max = 999) int attempts,
            @ForAll long seed) {
        long max = initial * times;
        Backoff backoff = new Backoff(Duration.ofMillis(initial), factor, jitter, Duration.ofMillis(max));
        RetryPolicy policy = new RetryPolicy(backoff, Map.of(), 1000, Duration.ofDays(2));
        long delay = policy.delay(FailureType.TRANSIENT, attempts, Duration.ZERO, new Random(seed))
                .orElseThrow()
                .toMillis();
        assertThat(delay).isBetween(Math.max(1, (long) Math.floor(initial * (1 - jitter))), (long)
                Math.ceil(max * (1 + jitter)));
    }

    /** The message grows older by each pause. */
    private static List<Long> seconds(RetryPolicy policy, FailureType type, int attempts) {
        List<Long> seconds = new ArrayList<>();
        Random random = new Random(1);
        Duration age = Duration.ZERO;
        for (int attempt = 1; attempt <= attempts; attempt++) {
            Optional<Duration> delay = policy.delay(type, attempt, age, random);
            age = age.plus(delay.orElse(Duration.ZERO));
            delay.map(Duration::toSeconds).ifPresent(seconds::add);
        }
        return seconds;
    }
}
