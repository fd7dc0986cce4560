package org.smtpproxy.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.store.ApplyResult.Applied;
import org.smtpproxy.store.ApplyResult.Refused;
import org.smtpproxy.store.Difference.Kind;
import org.smtpproxy.store.Difference.Resource;
import org.smtpproxy.tenancy.state.Problem;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.StateWriter;

import static org.assertj.core.api.Assertions.assertThat;

class StateApplyTest {
    private static final String TWO_TENANTS = """
            providers:
              - {id: only-acme, tenants: [acme], type: capture}
              - {id: pooled, type: smtp, host: pool.example, password: "${file:/run/secrets/pool}"}
            tenants:
              - id: acme
                name: "Acme \\u00e9\\ufeff Inc"
                limits: {maxMessageBytes: 1000, maxRecipients: 7}
                credentials:
                  - {username: acme-app, password: chosen}
                  - {username: acme-env, password: "${env:ACME}"}
                trustedNetworks: ["192.0.2.0/24"]
                senders: ["acme.example"]
                retry: {initial: 30s, factor: 2.0, on: {throttled: {initial: 5s}}}
                bareNewlines: normalize
                providers:
                  - {id: relay-b, type: smtp, host: b.example, port: 587, headers: {X-Pool: a, "X-\\u00fc": b}}
                  - {id: relay-a, type: smtp, host: a.example, password: secret}
                routes:
                  - {name: default, to: [relay-b, pooled, only-acme]}
              - id: other
                credentials: [{username: other-app, password: chosen}]
                providers: [{id: keep, type: capture}]
            """;

    private final FixedKeyCodec codec = new FixedKeyCodec();
    private final List<State> judged = new ArrayList<>();
    private List<Problem> verdict = List.of();

    private Database database;
    private ConfigurationStore store;

    @BeforeEach
    void open() {
        database = Database.open(TestDatabase.migrated());
        store = new ConfigurationStore(database.transactions(), codec, state -> {
            judged.add(state);
            return verdict;
        });
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void whatWasAppliedIsReadBack() {
        assertThat(applied(TWO_TENANTS).epoch()).isEqualTo(1);
        State stored = store.state();
        // Passwords come back as hashes; all else as it was written, references unresolved.
        String hash = codec.hash("chosen").text();
        State expected = States.of(TWO_TENANTS.replace("password: chosen", "password: \"" + hash + "\""));
        assertThat(new StateWriter().toYaml(stored)).isEqualTo(new StateWriter().toYaml(expected));
    }

    @Test
    void theSecondRunChangesNothing() {
        applied(TWO_TENANTS);
        int hashes = codec.hashes.get();
        assertThat(applied(TWO_TENANTS)).isEqualTo(new Applied(List.of(), 1));
        assertThat(applied(new StateWriter().toYaml(store.state()))).isEqualTo(new Applied(List.of(), 1));
        assertThat(result(TWO_TENANTS, true, false)).isEqualTo(new Applied(List.of(), 1));
        assertThat(codec.hashes.get()).isEqualTo(hashes);
    }

    @Test
    void tellsWhatDiffers() {
        applied(TWO_TENANTS);
        Applied changed = applied("""
                providers: [{id: pooled, type: smtp, host: new.example}]
                tenants:
                  - id: acme
                    limits: {maxRecipients: 8}
                    credentials: [{username: acme-app, password: other}, {username: acme-new, password: x}]
                    providers: [{id: relay-a, type: smtp, host: a.example, password: secret2}]
                  - {id: third, providers: [{id: c, type: capture}]}
                """);
        assertThat(changed.differences())
                .containsExactly(
                        shared(Kind.CHANGED, "pooled", "host", "password"),
                        of(Kind.CHANGED, Resource.TENANT, "acme", "acme", "limits"),
                        of(Kind.CHANGED, Resource.CREDENTIAL, "acme", "acme-app", "password"),
                        of(Kind.ADDED, Resource.CREDENTIAL, "acme", "acme-new"),
                        of(Kind.CHANGED, Resource.PROVIDER, "acme", "relay-a", "password"),
                        of(Kind.ADDED, Resource.TENANT, "third", "third"),
                        of(Kind.ADDED, Resource.PROVIDER, "third", "c"));
        assertThat(changed.epoch()).isEqualTo(2);
        assertThat(store.changesSince(1))
                .isEqualTo(
                        new ConfigurationChanges(2, false, Set.of(new TenantId("acme"), new TenantId("third")), true));
    }

    @Test
    void pruningRemovesWhatTheFileDoesNotName() {
        applied(TWO_TENANTS);
        String less = """
                tenants:
                  - id: other
                    credentials: [{username: other-new, password: x}]
                    providers: [{id: keep, type: capture}]
                """;
        Applied pruned = (Applied) result(less, true, false);
        assertThat(pruned.differences())
                .containsExactlyInAnyOrder(
                        shared(Kind.REMOVED, "pooled"),
                        shared(Kind.REMOVED, "only-acme"),
                        of(Kind.ADDED, Resource.CREDENTIAL, "other", "other-new"),
                        of(Kind.REMOVED, Resource.CREDENTIAL, "other", "other-app"),
                        of(Kind.REMOVED, Resource.TENANT, "acme", "acme"));
        assertThat(store.state().tenants())
                .extracting(tenant -> tenant.id().value())
                .containsExactly("other");
        assertThat(result(less, true, false)).isEqualTo(new Applied(List.of(), pruned.epoch()));
        // A deleted tenant comes back with what it had.
        assertThat(applied("tenants: [{id: acme, routes: [{name: r, to: [relay-a]}]}]")
                        .differences())
                .containsExactly(
                        of(Kind.ADDED, Resource.TENANT, "acme", "acme"),
                        of(Kind.CHANGED, Resource.ROUTES, "acme", "routes"));
    }

    @Test
    void aDryRunOnlyTells() {
        Applied told = (Applied) result(TWO_TENANTS, false, true);
        assertThat(told.differences()).hasSize(11);
        assertThat(store.epoch()).isZero();
        assertThat(store.state()).isEqualTo(State.EMPTY);
    }

    @Test
    void maskedSecretsAreKept() {
        applied(TWO_TENANTS);
        String masked = TWO_TENANTS
                .replace("password: chosen", "password: \"***\"")
                .replace("password: secret", "password: \"***\"")
                .replace("\"${file:/run/secrets/pool}\"", "\"***\"");
        assertThat(applied(masked)).isEqualTo(new Applied(List.of(), 1));
        Refused refused = (Refused) result(
                "tenants: [{id: new, credentials: [{username: u, password: \"***\"}],"
                        + " providers: [{id: p, type: smtp, password: \"***\"}]}]",
                false,
                false);
        assertThat(refused.problems())
                .extracting(Problem::text)
                .containsExactly(
                        "tenant new, credential u: password is masked, but there is none to keep: write it out",
                        "tenant new, provider p: password is masked, but there is none to keep: write it out");
    }

    @Test
    void whatTheCheckRefusesIsNotStored() {
        verdict = List.of(new Problem(3, "tenants[0]", "is bad"));
        assertThat(result(TWO_TENANTS, false, false)).isEqualTo(new Refused(verdict));
        assertThat(store.epoch()).isZero();
    }

    @Test
    void theCheckSeesTheTenantsThatChangeAsTheyWillBe() {
        applied(TWO_TENANTS);
        judged.clear();
        applied("tenants: [{id: other, senders: [other.example]}]");
        State seen = judged.getFirst();
        assertThat(seen.providers()).hasSize(2);
        // acme is there because a shared provider names it
        assertThat(seen.tenants()).extracting(tenant -> tenant.id().value()).containsExactlyInAnyOrder("acme", "other");
    }

    @Test
    void aUserNameOfAnotherTenantIsRefusedWithoutSayingWhose() {
        applied(TWO_TENANTS);
        Refused refused = (Refused)
                result("tenants: [{id: thief, credentials: [{username: acme-app, password: x}]}]", false, false);
        assertThat(refused.problems()).containsExactly(new Problem(0, "", "user name acme-app is already in use"));
        assertThat(store.epoch()).isEqualTo(1);
    }

    @Test
    void aNetworkOfAnotherTenantIsRefused() {
        applied(TWO_TENANTS);
        Refused refused =
                (Refused) result("tenants: [{id: thief, trustedNetworks: [\"192.0.2.128/25\"]}]", false, false);
        assertThat(refused.problems())
                .containsExactly(new Problem(
                        0, "", "trusted network 192.0.2.128/25 of tenant thief overlaps one of another tenant"));
    }

    @Test
    void aSharedProviderThatRoutesNameStays() {
        applied(TWO_TENANTS);
        Refused refused = (Refused)
                result("providers: [{id: pooled, type: smtp, tenants: [other]}]\ntenants: [{id: other}]", false, false);
        assertThat(refused.problems())
                .containsExactly(new Problem(
                        0, "", "shared provider pooled is named by the routes of tenant acme: change these first"));
    }

    private Applied applied(String yaml) {
        return (Applied) result(yaml, false, false);
    }

    private ApplyResult result(String yaml, boolean prune, boolean dryRun) {
        return store.apply(States.of(yaml), prune, dryRun);
    }

    private static Difference of(Kind kind, Resource resource, String tenant, String id, String... keys) {
        return new Difference(kind, resource, Optional.of(new TenantId(tenant)), id, List.of(keys));
    }

    private static Difference shared(Kind kind, String id, String... keys) {
        return new Difference(kind, Resource.PROVIDER, Optional.empty(), id, List.of(keys));
    }
}
