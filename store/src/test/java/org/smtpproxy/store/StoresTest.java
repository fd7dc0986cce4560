package org.smtpproxy.store;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.store.Outcome.Done;
import org.smtpproxy.store.Outcome.Missing;
import org.smtpproxy.store.Outcome.Outdated;
import org.smtpproxy.store.Outcome.Refused;
import org.smtpproxy.store.Outcome.Taken;
import org.smtpproxy.store.StoredSecret.Kind;
import org.smtpproxy.tenancy.state.Problem;
import org.smtpproxy.tenancy.state.State;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class StoresTest {
    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId OTHER = new TenantId("other");
    private static final StoredSecret HASH = new StoredSecret(Kind.KEYED, "abc");
    private static final StoredSecret NEWER = new StoredSecret(Kind.KEYED, "def");
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    private final Instant later = now.plus(Duration.ofHours(1));

    private final FixedKeyCodec codec = new FixedKeyCodec();
    private List<Problem> verdict = List.of();
    private State judged = State.EMPTY;

    private Database database;
    private Transactions transactions;
    private TenantStore tenants;
    private CredentialStore credentials;
    private ProviderStore providers;
    private SharedProviderStore shared;
    private RouteStore routes;
    private ConfigurationStore configuration;

    @BeforeEach
    void open() {
        database = Database.open(TestDatabase.migrated());
        transactions = database.transactions();
        ConfigurationCheck check = state -> {
            judged = state;
            return verdict;
        };
        tenants = new TenantStore(transactions, codec, check);
        credentials = new CredentialStore(transactions, codec, check);
        providers = new ProviderStore(transactions, codec, check);
        shared = new SharedProviderStore(transactions, codec, check);
        routes = new RouteStore(transactions, codec, check);
        configuration = new ConfigurationStore(transactions, codec, check);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void tenantsAreMadeFoundChangedAndPurged() {
        StoredTenant made = done(
                tenants.create(
                        States.tenant(
                                "{id: acme, name: Acme, senders: [a.example], credentials: [{username: u, password: p}], providers: [{id: p, type: capture}]}")));
        assertThat(made.settings().name().orElseThrow().value()).isEqualTo("Acme");
        assertThat(made.settings().senders()).isPresent();
        assertThat(tenants.find(ACME)).contains(made);
        assertThat(credentials.list(ACME, PageRequest.first(10)).items()).hasSize(1);
        assertThat(tenants.create(States.tenant("{id: acme}"))).isEqualTo(new Taken<>("id"));

        StoredTenant changed = done(tenants.update(States.tenant("{id: acme, name: New}"), made.version()));
        assertThat(changed.settings().senders()).isEmpty();
        assertThat(tenants.update(States.tenant("{id: acme}"), made.version()))
                .isEqualTo(new Outdated<>(changed.version()));
        assertThat(tenants.update(States.tenant("{id: nobody}"), 1)).isEqualTo(new Missing<>());

        StoredTenant suspended =
                done(tenants.setState(ACME, TenantState.SUSPENDED, Optional.of("unpaid"), OptionalLong.empty()));
        assertThat(suspended.status().reason()).contains("unpaid");
        done(tenants.setState(ACME, TenantState.DELETED, Optional.empty(), OptionalLong.of(suspended.version())));
        assertThat(credentials.create(ACME, "new", HASH)).isEqualTo(new Missing<>());
        assertThat(tenants.purge(now.minusSeconds(60), 10)).isEmpty();
        assertThat(tenants.purge(later, 10)).containsExactly(ACME);
        assertThat(tenants.find(ACME)).isEmpty();
        assertThat(configuration.changesSince(0).tenants()).containsExactly(ACME);
        assertThat(configuration.changesSince(configuration.epoch()).tenants()).isEmpty();
    }

    @Test
    void tenantsAreSearchedByTheBeginningOfIdOrName() {
        for (String tenant :
                List.of("{id: acme, name: Zeta}", "{id: zeta, name: Acme}", "{id: b, name: B}", "{id: acmf}")) {
            done(tenants.create(States.tenant(tenant)));
        }
        assertThat(ids("ACME")).containsExactly("acme", "zeta");
        assertThat(ids("acm")).containsExactly("acme", "acmf", "zeta");
        assertThat(ids("z")).containsExactly("acme", "zeta");
        assertThat(ids("%")).isEmpty();
        done(tenants.setState(new TenantId("b"), TenantState.SUSPENDED, Optional.empty(), OptionalLong.empty()));
        TenantStore.Filter suspended = new TenantStore.Filter(Optional.empty(), Optional.of(TenantState.SUSPENDED));
        assertThat(tenants.list(suspended, PageRequest.first(10)).items()).hasSize(1);
    }

    @Test
    void listsGoOnWhereTheyStopped() {
        for (int i = 0; i < 7; i++) {
            done(tenants.create(States.tenant("{id: t" + i + "}")));
        }
        assertThat(all(page -> tenants.list(TenantStore.Filter.ALL, page), 3))
                .extracting(tenant -> tenant.id().value())
                .containsExactly("t0", "t1", "t2", "t3", "t4", "t5", "t6");
        assertThat(all(page -> tenants.list(TenantStore.Filter.ALL, page), 7)).hasSize(7);
        for (String nonsense : List.of("", "x", "€", "Zm9v", "MS8A", "____")) {
            PageRequest page = new PageRequest(3, Optional.of(nonsense));
            assertThatThrownBy(() -> tenants.list(TenantStore.Filter.ALL, page))
                    .as(nonsense)
                    .isInstanceOf(PageRequest.InvalidCursorException.class);
        }
        PageRequest ofAnotherList = new PageRequest(3, Optional.of(PageRequest.cursor("t3")));
        assertThatThrownBy(() -> new AuditStore(transactions).list(Scope.ALL, AuditStore.Filter.ALL, ofAnotherList))
                .isInstanceOf(PageRequest.InvalidCursorException.class);
    }

    @Test
    void credentialsAreRotatedWithOverlap() {
        done(tenants.create(States.tenant("{id: acme}")));
        StoredCredential made = done(credentials.create(ACME, "app", HASH));
        StoredCredential rotated = done(credentials.rotate(ACME, made.id(), NEWER, later));
        assertThat(rotated.secret()).isEqualTo(NEWER);
        assertThat(rotated.previous()).contains(new StoredCredential.Previous(HASH, later));
        assertThat(done(credentials.rotate(ACME, made.id(), HASH, now.minusSeconds(1)))
                        .previous())
                .isEmpty();
        credentials.used(Map.of("app", now));
        credentials.used(Map.of("app", now.minusSeconds(9)));
        assertThat(credentials.find(ACME, made.id()).orElseThrow().lastUsedAt()).contains(now);

        done(credentials.setDisabled(ACME, made.id(), true));
        List<ConfiguredTenant> read = new ArrayList<>();
        configuration.read(Set.of(ACME), providers -> {}, read::add);
        assertThat(read.getFirst().tenant().credentials()).isEmpty();
        assertThat(read.getFirst().credentials()).hasSize(1);
        assertThat(configuration.state().tenants().getFirst().credentials()).hasSize(1);

        assertThat(done(credentials.delete(ACME, made.id())).id()).isEqualTo(made.id());
        assertThat(credentials.delete(ACME, made.id())).isEqualTo(new Missing<>());
    }

    @Test
    void aUserNameIsTakenWhoeverHasIt() {
        done(tenants.create(States.tenant("{id: acme}")));
        done(tenants.create(States.tenant("{id: other}")));
        StoredCredential made = done(credentials.create(ACME, "app", HASH));
        long epoch = configuration.epoch();
        assertThat(credentials.create(OTHER, "app", HASH)).isEqualTo(new Taken<>("username"));
        assertThat(credentials.create(ACME, "app", HASH)).isEqualTo(new Taken<>("username"));
        assertThat(credentials.find(OTHER, made.id())).isEmpty();
        assertThat(credentials.setDisabled(OTHER, made.id(), true)).isEqualTo(new Missing<>());
        assertThat(configuration.epoch()).isEqualTo(epoch);
    }

    @Test
    void providersAreChangedUnderTheirVersion() {
        done(tenants.create(States.tenant("{id: acme}")));
        StoredProvider made =
                done(providers.create(ACME, States.provider("{id: p, type: smtp, host: h, password: secret}")));
        assertThat(providers.create(ACME, States.provider("{id: p, type: smtp}")))
                .isEqualTo(new Taken<>("id"));
        StoredProvider changed = done(providers.update(
                ACME,
                States.provider("{id: p, type: smtp, host: new, password: \"***\"}"),
                OptionalLong.of(made.version())));
        assertThat(changed.provider()).isEqualTo(States.provider("{id: p, type: smtp, host: new, password: secret}"));
        assertThat(providers.update(ACME, States.provider("{id: p, type: smtp}"), OptionalLong.of(made.version())))
                .isEqualTo(new Outdated<>(changed.version()));
        assertThat(providers.list(ACME, PageRequest.first(10)).items()).containsExactly(changed);
        assertThat(transactions.<List<String>>forAll(sql -> sql.sql("select settings_sealed from providers")
                        .query(String.class)
                        .list()))
                .allMatch(text -> text.startsWith("k1:") && !text.contains("secret"));
        done(providers.delete(ACME, "p"));
        assertThat(providers.find(ACME, "p")).isEmpty();
    }

    @Test
    void aChangeIsJudgedWithAllOfItsTenantAndUndoneWhenItIsBad() {
        done(shared.create(States.provider("{id: for-all, type: capture}")));
        done(tenants.create(States.tenant("{id: acme, providers: [{id: p, type: capture}]}")));
        done(tenants.create(States.tenant("{id: other}")));
        done(shared.create(States.provider("{id: for-acme, tenants: [acme], type: capture}")));
        done(shared.create(States.provider("{id: for-other, tenants: [other], type: capture}")));
        verdict = List.of(new Problem(0, "x", "is bad"));
        assertThat(providers.delete(ACME, "p")).isEqualTo(new Refused<>(verdict));
        assertThat(judged.tenants()).hasSize(1);
        assertThat(judged.tenants().getFirst().providers()).isEmpty();
        assertThat(judged.providers())
                .extracting(provider -> provider.id().value())
                .containsExactly("for-acme", "for-all");
        assertThat(providers.find(ACME, "p")).isPresent();
        assertThat(tenants.create(States.tenant("{id: new}"))).isEqualTo(new Refused<>(verdict));
        assertThat(tenants.find(new TenantId("new"))).isEmpty();
        assertThat(configuration.epoch()).isEqualTo(5);
    }

    @Test
    void aSharedProviderInUseStays() {
        done(shared.create(States.provider("{id: pool, type: capture}")));
        done(tenants.create(States.tenant("{id: acme, routes: [{name: r, to: [pool]}]}")));
        assertThat(shared.delete("pool")).isInstanceOf(Refused.class);
        StoredProvider stored = shared.find("pool").orElseThrow();
        assertThat(shared.update(States.provider("{id: pool, type: capture, tenants: []}"), OptionalLong.empty()))
                .isInstanceOf(Refused.class);
        assertThat(shared.find("pool")).contains(stored);
        done(routes.replace(States.tenant("{id: acme}"), OptionalLong.of(1)));
        done(shared.delete("pool"));
        assertThat(shared.list(PageRequest.first(5)).items()).isEmpty();
    }

    @Test
    void routesAreReplacedAsOneList() {
        done(tenants.create(States.tenant("{id: acme}")));
        assertThat(routes.get(ACME).version()).isZero();
        State.Tenant two = States.tenant("{id: acme, routes: [{name: b, to: [x]}, {name: a, to: [y, z]}]}");
        StoredRoutes stored = done(routes.replace(two, OptionalLong.of(0)));
        assertThat(stored.routes()).isEqualTo(two.routes().orElseThrow());
        assertThat(routes.replace(two, OptionalLong.of(0))).isEqualTo(new Outdated<>(1));
        assertThat(routes.get(ACME)).isEqualTo(stored);
        assertThat(routes.get(OTHER).routes()).isEmpty();
    }

    @Test
    void usersSignInByNameAndBelongToTheirTenant() {
        UserStore users = new UserStore(transactions);
        done(tenants.create(States.tenant("{id: acme}")));
        User admin = done(users.create(Optional.empty(), "admin", "hash", Role.SUPER_ADMIN));
        User anna = done(users.create(Optional.of(ACME), "anna", "hash", Role.TENANT_ADMIN));
        assertThat(users.create(Optional.of(ACME), "admin", "hash", Role.VIEWER))
                .isEqualTo(new Taken<>("name"));
        assertThatThrownBy(() -> users.create(Optional.of(ACME), "x", "hash", Role.SUPER_ADMIN))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(users.list(Scope.ALL, PageRequest.first(5)).items()).containsExactlyInAnyOrder(admin, anna);
        assertThat(users.list(Scope.of(ACME), PageRequest.first(5)).items()).containsExactly(anna);
        assertThat(users.find(Scope.of(ACME), admin.id())).isEmpty();
        assertThat(users.delete(Scope.of(ACME), admin.id())).isFalse();
        assertThat(users.findByName("anna")).contains(anna);

        UserStore.Change change = new UserStore.Change(Role.VIEWER, true, Optional.of("new"));
        User changed = done(users.update(Scope.of(ACME), anna.id(), change, OptionalLong.of(1)));
        assertThat(changed.passwordHash()).isEqualTo("new");
        assertThat(users.update(Scope.ALL, anna.id(), change, OptionalLong.of(1)))
                .isEqualTo(new Outdated<>(2));
        users.loggedIn(anna.id(), now);
        assertThat(users.find(Scope.ALL, anna.id()).orElseThrow().lastLoginAt()).contains(now);
        assertThat(users.delete(Scope.ALL, admin.id())).isTrue();
    }

    @Test
    void apiKeysAreFoundByTheirHash() {
        ApiKeyStore keys = new ApiKeyStore(transactions);
        done(tenants.create(States.tenant("{id: acme}")));
        ApiKey key = done(keys.create(
                Optional.of(ACME),
                new ApiKeyStore.NewKey("ci", "hash", Role.VIEWER, Optional.of(later), "user admin")));
        assertThat(keys.findByHash("hash")).contains(key);
        assertThat(keys.findByHash("other")).isEmpty();
        keys.used(key.id(), now);
        assertThat(keys.find(Scope.of(ACME), key.id()).orElseThrow().lastUsedAt())
                .contains(now);
        assertThat(keys.find(Scope.of(OTHER), key.id())).isEmpty();
        assertThat(keys.list(Scope.of(ACME), PageRequest.first(5)).items()).hasSize(1);
        assertThat(keys.delete(Scope.of(OTHER), key.id())).isFalse();
        assertThat(keys.delete(Scope.of(ACME), key.id())).isTrue();
    }

    @Test
    void auditIsReadNewestFirst() {
        AuditStore audit = new AuditStore(transactions);
        for (int i = 0; i < 5; i++) {
            audit.add(entry(Optional.of(ACME), now.plusSeconds(i), "a" + i));
        }
        audit.add(entry(Optional.empty(), now, "platform"));
        assertThat(all(page -> audit.list(Scope.of(ACME), AuditStore.Filter.ALL, page), 2))
                .extracting(numbered -> numbered.entry().action())
                .containsExactly("a4", "a3", "a2", "a1", "a0");
        AuditStore.Filter filter = new AuditStore.Filter(
                Optional.of(now), Optional.of(now.plusSeconds(1)), Optional.of("anna"), Optional.of("platform"));
        List<AuditStore.Numbered> exported = new ArrayList<>();
        audit.export(Scope.ALL, filter, exported::add);
        assertThat(exported)
                .extracting(AuditStore.Numbered::entry)
                .containsExactly(entry(Optional.empty(), now, "platform"));
    }

    @Test
    void nodesReportAndAcknowledge() {
        NodeStore nodes = new NodeStore(transactions);
        NodeStatus node = new NodeStatus("n1", List.of("smtp", "worker"), 3, "0.1", "{}", now, now);
        nodes.report(node);
        assertThat(nodes.list()).containsExactly(node);
        assertThat(nodes.ask("nobody", "suspend", "{}", "admin")).isEmpty();
        NodeCommand command =
                nodes.ask("n1", "suspend", "{\"tenant\": \"acme\"}", "admin").orElseThrow();
        assertThat(nodes.open("n1")).containsExactly(command);
        assertThat(nodes.acknowledge(command.id(), "{\"ok\": true}")).isTrue();
        assertThat(nodes.acknowledge(command.id(), "{}")).isFalse();
        assertThat(nodes.open("n1")).isEmpty();
        assertThat(nodes.command(command.id()).orElseThrow().result()).contains("{\"ok\": true}");
        assertThat(nodes.forgetCommands(later)).isEqualTo(1);
        assertThat(nodes.forget(later)).isEqualTo(1);
    }

    @Test
    void aRequestIsDoneOnce() {
        IdempotencyStore keys = new IdempotencyStore(transactions);
        assertThat(keys.start("s", "k", "h", later)).isEqualTo(new IdempotencyStore.Start.First());
        assertThat(keys.start("s", "k", "h", later)).isEqualTo(new IdempotencyStore.Start.Running());
        assertThat(keys.start("s", "k", "h2", later)).isEqualTo(new IdempotencyStore.Start.Other());
        keys.finish("s", "k", 201, "body");
        keys.abandon("s", "k");
        assertThat(keys.start("s", "k", "h", later)).isEqualTo(new IdempotencyStore.Start.Again(201, "body"));
        assertThat(keys.start("t", "k", "h", now.minusSeconds(9))).isEqualTo(new IdempotencyStore.Start.First());
        assertThat(keys.start("t", "k", "h2", later)).isEqualTo(new IdempotencyStore.Start.First());
        keys.abandon("t", "k");
        assertThat(keys.start("t", "k", "h", now.minusSeconds(9))).isEqualTo(new IdempotencyStore.Start.First());
        assertThat(keys.forgetExpired()).isEqualTo(1);
    }

    @Test
    void sealedValuesAreSealedAnewAndStayWhatTheyAre() {
        done(shared.create(States.provider("{id: pool, type: smtp, password: a}")));
        done(tenants.create(States.tenant(
                "{id: acme, providers: [{id: p, type: smtp, password: b}, {id: q, type: smtp, password: c}]}")));
        State before = configuration.state();
        long epoch = configuration.epoch();
        SealedStore store = new SealedStore(transactions, codec);
        assertThat(store.reseal("k1:", 10)).isZero();
        codec.rotate("k2");
        assertThat(store.reseal("k2:", 1)).isEqualTo(2);
        assertThat(store.reseal("k2:", 1)).isEqualTo(1);
        assertThat(store.reseal("k2:", 1)).isZero();
        assertThat(configuration.state()).isEqualTo(before);
        assertThat(configuration.epoch()).isEqualTo(epoch);
    }

    @Test
    void forgottenChangesMeanReadingEverything() {
        done(tenants.create(States.tenant("{id: acme}")));
        done(tenants.create(States.tenant("{id: other}")));
        configuration.forgetChanges(1);
        assertThat(configuration.changesSince(0).everything()).isTrue();
        assertThat(configuration.changesSince(1)).isEqualTo(new ConfigurationChanges(2, false, Set.of(OTHER), false));
    }

    private List<String> ids(String prefix) {
        TenantStore.Filter filter = new TenantStore.Filter(Optional.of(prefix), Optional.empty());
        return tenants.list(filter, PageRequest.first(10)).items().stream()
                .map(tenant -> tenant.id().value())
                .toList();
    }

    private static AuditEntry entry(Optional<TenantId> tenant, Instant at, String action) {
        return new AuditEntry(
                at,
                tenant,
                "anna",
                "192.0.2.1",
                action,
                "tenants/acme",
                Optional.empty(),
                Optional.of("{\"name\": \"x\"}"),
                "r1",
                "done");
    }

    private static <T> List<T> all(Function<PageRequest, Page<T>> list, int limit) {
        List<T> all = new ArrayList<>();
        Page<T> page = list.apply(PageRequest.first(limit));
        all.addAll(page.items());
        while (page.nextCursor().isPresent()) {
            page = list.apply(new PageRequest(limit, page.nextCursor()));
            all.addAll(page.items());
        }
        return all;
    }

    private static <T> T done(Outcome<T> outcome) {
        assertThat(outcome).isInstanceOf(Done.class);
        return ((Done<T>) outcome).value();
    }
}
