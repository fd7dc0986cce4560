package org.smtpproxy.tenancy;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Secret;
import org.smtpproxy.mail.TenantId;

import static org.assertj.core.api.Assertions.assertThat;

final class SnapshotTest {
    private static final TenantId ACME = new TenantId("acme");

    private static final String ONE_TENANT = """
            providers:
              - {id: pooled, type: capture}
            tenants:
              - id: acme
                credentials:
                  - {username: acme-app, password: "%s"}
                  - {username: from-env, password: "${env:PASSWORD}"}
                providers:
                  - id: relay-a
                    type: smtp
                    host: smtp.example
                    port: 587
                    password: "${env:PASSWORD}"
                    headers: {X-B: b, X-A: "${env:PASSWORD}"}
            """;

    private final Snapshot snapshot = Compiled.snapshot(ONE_TENANT.formatted("s3cret"));

    @Test
    void onlyTheRightPasswordOfAKnownUserVerifies() {
        assertThat(snapshot.verify("acme-app", new Secret("s3cret"))).isTrue();
        assertThat(snapshot.verify("from-env", new Secret("from-env"))).isTrue();
        assertThat(snapshot.verify("acme-app", new Secret("S3cret"))).isFalse();
        assertThat(snapshot.verify("acme-app", new Secret(""))).isFalse();
        assertThat(snapshot.verify("ACME-app", new Secret("s3cret"))).isFalse();
    }

    @Test
    void anUnknownUserNeverVerifiesNotEvenWithTheStandInsPassword() {
        assertThat(snapshot.verify("nobody", new Secret(""))).isFalse();
        assertThat(snapshot.verify("", new Secret(""))).isFalse();
    }

    @Test
    void aLoginTellsItsTenantAndHidesItsPassword() {
        Login login = snapshot.login("acme-app").orElseThrow();
        assertThat(login.tenant()).isEqualTo(ACME);
        assertThat(login.username()).isEqualTo("acme-app");
        assertThat(login.verify(new Secret("s3cret"))).isTrue();
        assertThat(login).hasToString("acme-app of acme");
        assertThat(snapshot.login("nobody")).isEmpty();
    }

    @Test
    void aLoginEqualsItsLaterSelfUntilThePasswordChanges() {
        Login login = snapshot.login("acme-app").orElseThrow();
        assertThat(login)
                .isEqualTo(Compiled.snapshot(ONE_TENANT.formatted("s3cret"))
                        .login("acme-app")
                        .orElseThrow())
                .isNotEqualTo(Compiled.snapshot(ONE_TENANT.formatted("changed"))
                        .login("acme-app")
                        .orElseThrow());
    }

    @Test
    void providersHaveResolvedSettingsInOrderAndPrintNone() {
        ProviderDefinition own =
                snapshot.provider(AccountId.own(ACME, "relay-a")).orElseThrow();
        assertThat(own.type()).isEqualTo("smtp");
        assertThat(own.settings())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "host",
                        "smtp.example",
                        "port",
                        587L,
                        "password",
                        "from-env",
                        "headers",
                        Map.of("X-B", "b", "X-A", "from-env")));
        assertThat(own.settings().get("headers")).hasToString("{X-B=b, X-A=from-env}");
        assertThat(own).hasToString("acme/relay-a (smtp, [host, port, password, headers])");
        assertThat(snapshot.providers())
                .extracting(ProviderDefinition::id)
                .isEqualTo(List.of(AccountId.shared("pooled"), AccountId.own(ACME, "relay-a")));
        assertThat(snapshot.provider(AccountId.own(ACME, "pooled"))).isEmpty();
    }

    @Test
    void aDefinitionChangesOnlyWithItsSettings() {
        AccountId id = AccountId.own(ACME, "relay-a");
        String other = ONE_TENANT.formatted("s3cret").replace("587", "588");
        assertThat(snapshot.provider(id))
                .isEqualTo(Compiled.snapshot(ONE_TENANT.formatted("changed")).provider(id));
        assertThat(snapshot.provider(id)).isNotEqualTo(Compiled.snapshot(other).provider(id));
    }

    @Test
    void unknownTenantsAreEmpty() {
        assertThat(snapshot.tenant(ACME)).isPresent();
        assertThat(snapshot.tenant(new TenantId("acne"))).isEmpty();
        assertThat(snapshot.tenants()).extracting(TenantSnapshot::id).containsExactly(ACME);
    }
}
