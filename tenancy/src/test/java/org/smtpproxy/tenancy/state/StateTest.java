package org.smtpproxy.tenancy.state;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.Secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Writing, reading and merging, whatever a state says: none of them asks whether it makes sense. */
final class StateTest {
    private static final Place PLACE = Place.nowhere();

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void whatIsWrittenReadsAsTheSame(@ForAll("states") State state) {
        assertThat(new StateReader().readStored(new StateWriter().toYaml(state)))
                .isEqualTo(new ReadResult.Read(state));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void mergingTwiceChangesNothingMore(@ForAll("states") State file, @ForAll("states") State stored) {
        State once = file.merge(stored);
        assertThat(file.merge(once)).isEqualTo(once);
        assertThat(once.merge(once)).isEqualTo(once);
        assertThat(file.merge(State.EMPTY)).isEqualTo(file);
        assertThat(State.EMPTY.merge(stored)).isEqualTo(stored);
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void mergingKeepsAllThatTheFileDoesNotName(@ForAll("states") State file, @ForAll("states") State stored) {
        State merged = file.merge(stored);
        assertThat(merged.providers()).containsAll(file.providers());
        assertThat(merged.tenants())
                .extracting(State.Tenant::id)
                .containsAll(ids(stored))
                .containsAll(ids(file));
        for (State.Tenant tenant : merged.tenants()) {
            tenant(file, tenant).ifPresent(now -> {
                assertThat(tenant.credentials()).containsAll(now.credentials());
                assertThat(tenant.providers()).containsAll(now.providers());
            });
            tenant(stored, tenant).ifPresent(before -> {
                assertThat(tenant.credentials())
                        .extracting(State.Credential::username)
                        .containsAll(before.credentials().stream()
                                .map(State.Credential::username)
                                .toList());
                if (tenant(file, tenant).flatMap(State.Tenant::routes).isEmpty()) {
                    assertThat(tenant.routes()).isEqualTo(before.routes());
                }
            });
        }
    }

    @Test
    void aMergeReplacesByIdAndKeepsTheOrder() {
        State stored = read("""
                providers: [{id: x, type: smtp, host: h}, {id: y, type: capture}]
                tenants:
                  - id: acme
                    name: Acme
                    limits: {maxRecipients: 5}
                    credentials: [{username: a, password: a1}, {username: b, password: b1}]
                    trustedNetworks: [10.0.0.0/8]
                    routes: [{name: one, to: [x]}]
                """);
        State file = read("""
                providers: [{id: x, type: capture}]
                tenants:
                  - {id: new}
                  - id: acme
                    limits: {maxMessageBytes: 5}
                    credentials: [{username: c, password: c2}, {username: a, password: a2}]
                    trustedNetworks: []
                """);
        assertThat(file.merge(stored)).isEqualTo(read("""
                                providers: [{id: x, type: capture}, {id: y, type: capture}]
                                tenants:
                                  - id: acme
                                    name: Acme
                                    limits: {maxMessageBytes: 5}
                                    credentials:
                                      - {username: a, password: a2}
                                      - {username: b, password: b1}
                                      - {username: c, password: c2}
                                    trustedNetworks: []
                                    routes: [{name: one, to: [x]}]
                                  - {id: new}
                                """));
    }

    @Test
    void referencesStayReferencesWhenWritten() {
        String yaml = new StateWriter()
                .toYaml(read("tenants: [{id: a, credentials: [{username: u, password: '${env:SECRET}'}]}]"));
        assertThat(yaml).contains("${env:SECRET}");
    }

    @Test
    void theDemoCapturesWhatItsOneLoginSends() {
        assertThat(State.demo("demo-app", new Secret("pass"))).isEqualTo(read("""
                                tenants:
                                  - id: demo
                                    name: Demo
                                    credentials: [{username: demo-app, password: pass}]
                                    providers: [{id: capture, type: capture}]
                                    routes: [{name: default, to: [capture]}]
                                """));
    }

    @Test
    void aStateNeverHasTwoOfOneId() {
        State.Provider provider = provider("a", Optional.empty(), Optional.empty(), Map.of());
        assertThatThrownBy(() -> new State(List.of(provider, provider), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void printingAStateTellsNoSecret() {
        State state = read("""
                providers: [{id: x, type: smtp, password: sesame, headers: {X-A: sesame}}]
                tenants:
                  - id: acme
                    credentials: [{username: a, password: sesame}]
                """);
        assertThat(state.toString()
                        + state.providers().getFirst().settings()
                        + state.tenants().getFirst().credentials())
                .doesNotContain("sesame");
    }

    @Test
    void problemsOfAStoredDocumentHaveNoLine() {
        ReadResult result = new StateReader().readStored("tenants:\n  - {id: a, nmae: b}\n");
        assertThat(((ReadResult.Invalid) result).problems())
                .containsExactly(new Problem(0, "tenants[0].nmae", "unknown key; did you mean name?"))
                .first()
                .hasToString("tenants[0].nmae: unknown key; did you mean name?");
    }

    private static State read(String yaml) {
        return ((ReadResult.Read) new StateReader().read(yaml, "state.yaml")).state();
    }

    private static List<Written<String>> ids(State state) {
        return state.tenants().stream().map(State.Tenant::id).toList();
    }

    private static Optional<State.Tenant> tenant(State state, State.Tenant like) {
        return state.tenants().stream()
                .filter(tenant -> tenant.id().equals(like.id()))
                .findFirst();
    }

    @Provide
    Arbitrary<State> states() {
        return Combinators.combine(unique(providers(true), State.Provider::id), unique(tenants(), State.Tenant::id))
                .as(State::new);
    }

    private static Arbitrary<State.Tenant> tenants() {
        Arbitrary<Optional<State.Limits>> limits = Combinators.combine(
                        written(Arbitraries.longs()).optional(),
                        written(Arbitraries.longs()).optional())
                .as(State.Limits::new)
                .optional();
        return Combinators.combine(
                        ids(),
                        written(texts()).optional(),
                        limits,
                        unique(credentials(), State.Credential::username),
                        plainTexts().optional(),
                        written(plainTexts()).optional(),
                        unique(providers(false), State.Provider::id),
                        Combinators.combine(
                                        retries().optional(),
                                        routes().list().ofMaxSize(2).optional())
                                .as(RetryAndRoutes::new))
                .as((id, name, limit, credentials, trusted, senders, providers, rest) -> new State.Tenant(
                        PLACE,
                        id,
                        name,
                        limit,
                        credentials,
                        trusted,
                        senders,
                        providers,
                        rest.retry,
                        name,
                        rest.routes));
    }

    private record RetryAndRoutes(Optional<State.Retry> retry, Optional<List<State.Route>> routes) {}

    private static Arbitrary<State.Retry> retries() {
        return Combinators.combine(
                        backoffs(),
                        written(Arbitraries.longs()).optional(),
                        written(texts()).optional(),
                        Arbitraries.maps(Arbitraries.of(Keys.RETRY_ON.known()), backoffs())
                                .ofMaxSize(2))
                .as(State.Retry::new);
    }

    private static Arbitrary<State.Backoff> backoffs() {
        return Combinators.combine(
                        written(texts()).optional(),
                        written(Arbitraries.doubles()).optional(),
                        written(Arbitraries.doubles()).optional(),
                        written(texts()).optional())
                .as((initial, factor, jitter, max) -> new State.Backoff(PLACE, initial, factor, jitter, max));
    }

    private static Arbitrary<State.Route> routes() {
        return Combinators.combine(written(texts()), written(plainTexts()))
                .as((name, to) -> new State.Route(PLACE, name, to));
    }

    private static Arbitrary<State.Credential> credentials() {
        Arbitrary<String> passwords = Arbitraries.oneOf(texts(), Arbitraries.of("${env:A}", "${file:/a b}", "123"));
        return Combinators.combine(ids(), written(passwords).optional())
                .as((username, password) -> new State.Credential(PLACE, username, password));
    }

    private static Arbitrary<State.Provider> providers(boolean shared) {
        Arbitrary<Optional<Written<List<Written<String>>>>> grants =
                shared ? written(plainTexts()).optional() : Arbitraries.just(Optional.empty());
        Arbitrary<Map<String, Written<Object>>> settings = Arbitraries.maps(
                        texts().filter(key -> !Keys.SHARED_PROVIDER.known().contains(key)), written(settings(2)))
                .ofMaxSize(3);
        return Combinators.combine(ids(), written(texts()).optional(), grants, settings)
                .as(StateTest::provider);
    }

    private static State.Provider provider(
            Written<String> id,
            Optional<Written<String>> type,
            Optional<Written<List<Written<String>>>> grants,
            Map<String, Written<Object>> settings) {
        return new State.Provider(PLACE, id, type, grants, settings);
    }

    private static State.Provider provider(
            String id,
            Optional<Written<String>> type,
            Optional<Written<List<Written<String>>>> grants,
            Map<String, Written<Object>> settings) {
        return provider(new Written<>(id, PLACE), type, grants, settings);
    }

    private static Arbitrary<Object> settings(int depth) {
        Arbitrary<Object> scalars = Arbitraries.oneOf(
                texts().map(Object.class::cast),
                Arbitraries.of("", "true", "null", "~", "1", "1.5", ".inf", "-", "2026-01-01", "${env:A}"),
                Arbitraries.longs().map(Object.class::cast),
                Arbitraries.doubles().map(Object.class::cast),
                Arbitraries.of(true, false));
        if (depth == 0) {
            return scalars;
        }
        Arbitrary<Object> lists =
                written(settings(depth - 1)).list().ofMaxSize(2).map(Object.class::cast);
        Arbitrary<Object> maps = Arbitraries.maps(texts(), written(settings(depth - 1)))
                .ofMaxSize(2)
                .map(Object.class::cast);
        return Arbitraries.oneOf(scalars, lists, maps);
    }

    private static Arbitrary<Written<String>> ids() {
        return written(Arbitraries.of("a", "b", "c", "true", "5"));
    }

    private static Arbitrary<List<Written<String>>> plainTexts() {
        return written(texts()).list().ofMaxSize(2);
    }

    /** Anything but a reference, which is refused in most places, and what no file can hold. */
    private static Arbitrary<String> texts() {
        return Arbitraries.strings()
                .withChars("aZ0 '\"\\:#-*&!|>%@`{}[],?~=<\t\n\r\u0085\u00a0\u2028\ufeffäж")
                .withChars('\u0001', '\u007f')
                .ofMinLength(1)
                .ofMaxLength(8);
    }

    private static <T> Arbitrary<Written<T>> written(Arbitrary<T> values) {
        return values.map(value -> new Written<>(value, PLACE));
    }

    private static <T> Arbitrary<List<T>> unique(Arbitrary<T> elements, Function<T, Written<String>> key) {
        return elements.list().ofMaxSize(3).map(list -> {
            Map<Written<String>, T> byKey = new LinkedHashMap<>();
            list.forEach(element -> byKey.put(key.apply(element), element));
            return new ArrayList<>(byKey.values());
        });
    }
}
