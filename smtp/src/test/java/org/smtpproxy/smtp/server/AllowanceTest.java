package org.smtpproxy.smtp.server;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class AllowanceTest {
    private static final Duration COMMAND = Duration.ofMinutes(5);
    private static final Duration WINDOW = Duration.ofMinutes(1);
    private static final Duration SESSION = Duration.ofSeconds(10_000);
    private static final Duration STRANGER = Duration.ofSeconds(60);
    private static final int RATE = 100;

    private long now;
    private final Allowance stranger =
            new Allowance(new Deadlines(COMMAND, Duration.ofSeconds(30), WINDOW, RATE, SESSION, STRANGER), () -> now);
    private final Allowance allowance = known();

    @Test
    void eachCommandHasItsTime() {
        for (int i = 0; i < 10; i++) {
            allowance.renewForCommand();
            allowance.startWaiting();
            pass(299);
            assertThat(isOver()).isFalse();
            allowance.stopWaiting(10);
        }
        allowance.renewForCommand();
        allowance.startWaiting();
        pass(300);
        assertThat(isOver()).isTrue();
    }

    @Test
    void drippingOneCommandGainsNoTime() {
        allowance.startWaiting();
        pass(200);
        allowance.stopWaiting(1);
        allowance.startWaiting();
        pass(99);
        assertThat(isOver()).isFalse();
        pass(1);
        assertThat(isOver()).isTrue();
    }

    @Test
    void ourOwnTimeDoesNotCount() {
        allowance.startWaiting();
        pass(299);
        allowance.stopWaiting(1);
        pass(1000);
        assertThat(isOver()).isFalse();
    }

    @Test
    void steadyContentMayGoOnForLong() {
        for (int i = 0; i < 150; i++) {
            allowance.renewForContent();
            allowance.startWaiting();
            pass(59);
            assertThat(isOver()).isFalse();
            allowance.stopWaiting(59 * RATE);
        }
    }

    @Test
    void contentBelowTheRateIsOverdueSomewhatLater() {
        int rounds = 0;
        while (!isOver()) {
            allowance.renewForContent();
            allowance.startWaiting();
            pass(10);
            if (!isOver()) {
                allowance.stopWaiting(5 * RATE);
            }
            rounds++;
        }
        // Each round loses 5 of the 60 seconds.
        assertThat(rounds).isEqualTo(11);
    }

    @Test
    void aBurstEarnsNoMoreThanTheWindow() {
        allowance.renewForContent();
        allowance.startWaiting();
        allowance.stopWaiting(1_000_000);
        allowance.renewForContent();
        allowance.startWaiting();
        pass(60);
        assertThat(isOver()).isTrue();
    }

    @Test
    void theSessionEnds() {
        for (int i = 0; i < 40; i++) {
            allowance.renewForCommand();
            allowance.startWaiting();
            pass(249);
            assertThat(isOver()).isFalse();
            allowance.stopWaiting(10);
        }
        allowance.renewForCommand();
        allowance.startWaiting();
        pass(40);
        assertThat(isOver()).isTrue();
    }

    @Test
    void aStrangerWhoKeepsTalkingIsSentAwayAfterItsTime() {
        for (int i = 0; i < 5; i++) {
            stranger.renewForCommand();
            stranger.startWaiting();
            pass(11);
            assertThat(stranger.isOver(now)).isFalse();
            stranger.stopWaiting(6);
        }
        stranger.renewForCommand();
        stranger.startWaiting();
        pass(5);
        assertThat(stranger.isOver(now)).isTrue();
    }

    @Test
    void aStrangerWhoBecomesKnownHasTheTimeOfTheSession() {
        stranger.startWaiting();
        pass(59);
        stranger.stopWaiting(30);
        stranger.extendToSession();
        stranger.renewForCommand();
        stranger.startWaiting();
        pass(299);
        assertThat(stranger.isOver(now)).isFalse();
    }

    private Allowance known() {
        Allowance known =
                new Allowance(new Deadlines(COMMAND, Duration.ofSeconds(30), WINDOW, RATE, SESSION), () -> now);
        known.extendToSession();
        return known;
    }

    private void pass(long seconds) {
        now += Duration.ofSeconds(seconds).toNanos();
    }

    private boolean isOver() {
        return allowance.isOver(now);
    }
}
