package org.smtpproxy.tenancy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Domain;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.RetryPolicy.Backoff;

import static org.assertj.core.api.Assertions.assertThat;

/** Pins every key of a tenant, and what holds when it is left out. */
final class DefaultsTest {
    private static final TenantId ACME = new TenantId("acme");
    private static final Candidate OWN = new Candidate(AccountId.own(ACME, "relay-a"));
    private static final Candidate POOLED = new Candidate(AccountId.shared("pooled"));

    @Test
    void aTenantNeedsOnlyAnIdAndAProvider() {
        TenantSnapshot tenant = tenant("""
                tenants:
                  - id: acme
                    providers:
                      - {id: relay-a, type: capture}
                      - {id: relay-0, type: capture}
                """);
        assertThat(tenant)
                .isEqualTo(new TenantSnapshot(
                        ACME,
                        "acme",
                        new Limits(26_214_400, 1000),
                        new SenderPolicy(true, Set.of(), Set.of()),
                        new RetryPolicy(
                                new Backoff(Duration.ofSeconds(30), 2, 0.2, Duration.ofHours(1)),
                                Map.of(),
                                12,
                                Duration.ofDays(2)),
                        false,
                        List.of(new Route("default", List.of(OWN, new Candidate(AccountId.own(ACME, "relay-0")))))));
    }

    @Test
    void everyKeyHasAnEffect() {
        TenantSnapshot tenant = tenant("""
                providers:
                  - {id: pooled, tenants: [acme], type: capture}
                tenants:
                  - id: acme
                    name: Acme Inc
                    limits: {maxMessageBytes: 1000, maxRecipients: 5}
                    senders: [acme.example, "*.Acme.example"]
                    bareNewlines: normalize
                    providers:
                      - {id: relay-a, type: capture}
                    retry:
                      initial: 10s
                      factor: 3
                      jitter: 0
                      max: 2h
                      maxAttempts: 4
                      lifetime: PT1H
                      on:
                        transient: {initial: 1ms}
                        throttled: {factor: 1.5}
                        greylisted: {jitter: 0.1}
                        configuration: {max: 1d}
                    routes:
                      - name: all
                        to: [{provider: pooled}, relay-a]
                """);
        assertThat(tenant)
                .isEqualTo(new TenantSnapshot(
                        ACME,
                        "Acme Inc",
                        new Limits(1000, 5),
                        new SenderPolicy(false, Set.of(Domain.of("acme.example")), Set.of(Domain.of("acme.example"))),
                        new RetryPolicy(
                                new Backoff(Duration.ofSeconds(10), 3, 0, Duration.ofHours(2)),
                                Map.of(
                                        FailureType.TRANSIENT,
                                        new Backoff(Duration.ofMillis(1), 3, 0, Duration.ofHours(2)),
                                        FailureType.THROTTLED,
                                        new Backoff(Duration.ofSeconds(10), 1.5, 0, Duration.ofHours(2)),
                                        FailureType.GREYLISTED,
                                        new Backoff(Duration.ofSeconds(10), 3, 0.1, Duration.ofHours(2)),
                                        FailureType.CONFIGURATION,
                                        new Backoff(Duration.ofSeconds(10), 3, 0, Duration.ofDays(1))),
                                4,
                                Duration.ofHours(1)),
                        true,
                        List.of(new Route("all", List.of(POOLED, OWN)))));
    }

    @Test
    void anOwnProviderHidesASharedOneOfTheSameName() {
        TenantSnapshot tenant = tenant("""
                providers:
                  - {id: relay-a, type: capture}
                tenants:
                  - id: acme
                    providers: [{id: relay-a, type: capture}]
                    routes: [{name: default, to: [relay-a]}]
                """);
        assertThat(tenant.routes()).containsExactly(new Route("default", List.of(OWN)));
    }

    @Test
    void explicitlyRejectedNewlinesAreTheDefault() {
        assertThat(tenant("tenants: [{id: acme, bareNewlines: reject, providers: [{id: a, type: capture}]}]")
                        .normalizeBareNewlines())
                .isFalse();
    }

    @Test
    void anEmptyFileConfiguresNothing() {
        Snapshot snapshot = Compiled.snapshot("# nothing yet\n");
        assertThat(snapshot.tenants()).isEmpty();
        assertThat(snapshot.providers()).isEmpty();
        assertThat(snapshot.epoch()).isEqualTo(7);
    }

    private static TenantSnapshot tenant(String yaml) {
        return Compiled.snapshot(yaml).tenant(ACME).orElseThrow();
    }
}
