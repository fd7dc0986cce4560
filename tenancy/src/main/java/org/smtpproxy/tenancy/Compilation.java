package org.smtpproxy.tenancy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Secret;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.Problems;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.Suggestion;
import org.smtpproxy.tenancy.state.Written;

/**
 * One run of the compiler: goes through a state once, notes every problem, and builds the snapshot as if there were
 * none. The caller drops the snapshot when there are.
 */
final class Compilation {
    private static final int LONGEST_USERNAME = 255;

    private final State state;
    private final ProviderCompiler providers;
    private final PasswordDigests digests;
    private final Problems problems;
    private final RetryCompiler retries;

    private final Map<AccountId, ProviderDefinition> definitions = new LinkedHashMap<>();
    private final Map<String, RouteCompiler.Shared> shared = new LinkedHashMap<>();
    private final Map<String, Login> logins = new HashMap<>();
    private final List<TrustedNetworks.Grant> trusted = new ArrayList<>();

    Compilation(State state, ProviderCompiler providers, PasswordDigests digests, Problems problems) {
        this.state = state;
        this.providers = providers;
        this.digests = digests;
        this.problems = problems;
        this.retries = new RetryCompiler(problems);
    }

    Snapshot snapshot(long epoch) {
        compileShared();
        Map<TenantId, TenantSnapshot> tenants = new LinkedHashMap<>();
        for (State.Tenant tenant : state.tenants()) {
            // A tenant without a good id gets none of its own, but all its other problems are found.
            TenantId id = parsed(tenant.id(), TenantId::new).orElse(new TenantId("invalid"));
            tenants.put(id, compile(tenant, id));
        }
        TrustedNetworks networks = TrustedNetworks.of(
                trusted,
                (grant, wider) -> problems.add(
                        grant.place(),
                        grant.network() + " overlaps " + wider.network() + " of tenant " + wider.tenant()));
        Login nobody = new Login(new TenantId("nobody"), "", digests, new Secret(""));
        return new Snapshot(epoch, tenants, logins, networks, definitions, nobody);
    }

    private void compileShared() {
        Set<String> known =
                state.tenants().stream().map(tenant -> tenant.id().value()).collect(Collectors.toSet());
        known.add(RouteCompiler.EVERYBODY);
        for (State.Provider provider : state.providers()) {
            Optional<ProviderDefinition> compiled = providers.compile(provider, Optional.empty());
            compiled.ifPresent(definition -> definitions.put(definition.id(), definition));
            Set<String> grants = new HashSet<>();
            provider.tenants()
                    .ifPresentOrElse(
                            tenants -> tenants.value().forEach(tenant -> {
                                if (!known.contains(tenant.value())) {
                                    problems.add(
                                            tenant.place(),
                                            "unknown tenant " + tenant.value()
                                                    + Suggestion.near(tenant.value(), known));
                                }
                                grants.add(tenant.value());
                            }),
                            () -> grants.add(RouteCompiler.EVERYBODY));
            shared.put(
                    provider.id().value(),
                    new RouteCompiler.Shared(
                            compiled.map(ProviderDefinition::id).map(Candidate::new), grants));
        }
    }

    private TenantSnapshot compile(State.Tenant tenant, TenantId id) {
        tenant.credentials().forEach(credential -> addLogin(credential, id));
        tenant.trustedNetworks()
                .orElse(List.of())
                .forEach(network -> parsed(network, Network::parse)
                        .ifPresent(range -> trusted.add(new TrustedNetworks.Grant(range, id, network.place()))));
        Map<String, Candidate> own = new LinkedHashMap<>();
        for (State.Provider provider : tenant.providers()) {
            providers.compile(provider, Optional.of(id)).ifPresent(definition -> {
                definitions.put(definition.id(), definition);
                own.put(definition.id().name(), new Candidate(definition.id()));
            });
        }
        return new TenantSnapshot(
                id,
                tenant.name().map(Written::value).orElse(id.value()),
                tenant.limits().map(this::limits).orElse(Limits.DEFAULT),
                tenant.senders().map(this::senders).orElse(SenderPolicy.ANY),
                tenant.retry().map(retries::compile).orElse(RetryPolicy.DEFAULT),
                tenant.bareNewlines().map(this::normalizes).orElse(false),
                new RouteCompiler(tenant, own, shared, problems).compile());
    }

    private void addLogin(State.Credential credential, TenantId tenant) {
        Written<String> username = credential.username();
        if (username.value().length() > LONGEST_USERNAME
                || username.value().chars().anyMatch(Character::isISOControl)) {
            problems.add(username.place(), "must be 1 to 255 characters without control characters");
        }
        if (credential.password().isEmpty()) {
            problems.add(credential.place().missing("password"), "is missing");
        }
        Optional<String> password = credential.password().flatMap(providers.references()::text);
        Login login = new Login(tenant, username.value(), digests, new Secret(password.orElse("")));
        if (logins.putIfAbsent(username.value(), login) != null) {
            // Says nothing of the other one: it may be another tenant's.
            problems.add(username.place(), "user name " + username.value() + " is already in use");
        }
    }

    private Limits limits(State.Limits limits) {
        return new Limits(
                limits.maxMessageBytes()
                        .filter(bytes -> inRange(bytes, Limits.MOST_BYTES))
                        .map(Written::value)
                        .orElse(Limits.DEFAULT.maxMessageBytes()),
                limits.maxRecipients()
                        .filter(recipients -> inRange(recipients, Limits.MOST_RECIPIENTS))
                        .map(recipients -> recipients.value().intValue())
                        .orElse(Limits.DEFAULT.maxRecipients()));
    }

    private boolean inRange(Written<Long> number, long most) {
        boolean fits = number.value() >= 1 && number.value() <= most;
        if (!fits) {
            problems.add(number.place(), "must be 1 to " + most);
        }
        return fits;
    }

    private SenderPolicy senders(Written<List<Written<String>>> senders) {
        if (senders.value().isEmpty() && !problems.knownAt(senders.place())) {
            problems.add(senders.place(), "is empty: nothing could be sent; leave it out to allow every domain");
        }
        return SenderPolicy.of(senders.value().stream()
                .filter(pattern -> parsed(pattern, SenderPolicy::domainOf).isPresent())
                .map(Written::value)
                .toList());
    }

    private boolean normalizes(Written<String> bareNewlines) {
        return switch (bareNewlines.value()) {
            case "normalize" -> true;
            case "reject" -> false;
            default -> {
                problems.add(bareNewlines.place(), "must be reject or normalize");
                yield false;
            }
        };
    }

    private <T> Optional<T> parsed(Written<String> written, Function<String, T> parse) {
        try {
            return Optional.of(parse.apply(written.value()));
        } catch (IllegalArgumentException e) {
            problems.add(written.place(), text(e));
            return Optional.empty();
        }
    }

    static String text(IllegalArgumentException e) {
        return String.valueOf(e.getMessage());
    }
}
