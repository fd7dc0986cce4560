package org.smtpproxy.tenancy.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BinaryOperator;
import java.util.function.Function;

import org.smtpproxy.mail.Secret;

/**
 * The configuration as written: references are still references, and whether anything makes sense is for the compiler
 * to say. Ids and user names are unique in their list, because they are what merging goes by.
 */
public record State(List<Provider> providers, List<Tenant> tenants) {
    public static final State EMPTY = new State(List.of(), List.of());

    public State {
        providers = unique(providers, Provider::key);
        tenants = unique(tenants, Tenant::key);
    }

    /**
     * A provider account.
     *
     * @param tenants who may name a shared one; absent is everybody
     * @param settings the type's own keys: texts, numbers, booleans, lists and maps of {@link Written}
     */
    public record Provider(
            Place place,
            Written<String> id,
            Optional<Written<String>> type,
            Optional<Written<List<Written<String>>>> tenants,
            Map<String, Written<Object>> settings) {
        public Provider {
            settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        }

        String key() {
            return id.value();
        }

        @Override
        public String toString() {
            return "provider " + id.value();
        }
    }

    public record Tenant(
            Place place,
            Written<String> id,
            Optional<Written<String>> name,
            Optional<Limits> limits,
            List<Credential> credentials,
            Optional<List<Written<String>>> trustedNetworks,
            Optional<Written<List<Written<String>>>> senders,
            List<Provider> providers,
            Optional<Retry> retry,
            Optional<Written<String>> bareNewlines,
            Optional<List<Route>> routes) {
        public Tenant {
            credentials = unique(credentials, Credential::key);
            providers = unique(providers, Provider::key);
        }

        String key() {
            return id.value();
        }

        private Tenant mergedOnto(Tenant old) {
            return new Tenant(
                    place,
                    id,
                    name.or(old::name),
                    limits.or(old::limits),
                    merged(old.credentials, credentials, Credential::key, (before, now) -> now),
                    trustedNetworks.or(old::trustedNetworks),
                    senders.or(old::senders),
                    merged(old.providers, providers, Provider::key, (before, now) -> now),
                    retry.or(old::retry),
                    bareNewlines.or(old::bareNewlines),
                    routes.or(old::routes));
        }

        @Override
        public String toString() {
            return "tenant " + id.value();
        }
    }

    public record Limits(Optional<Written<Long>> maxMessageBytes, Optional<Written<Long>> maxRecipients) {}

    public record Credential(Place place, Written<String> username, Optional<Written<String>> password) {
        String key() {
            return username.value();
        }

        @Override
        public String toString() {
            return "credential " + username.value();
        }
    }

    /** @param on overrides by failure type */
    public record Retry(
            Backoff base,
            Optional<Written<Long>> maxAttempts,
            Optional<Written<String>> lifetime,
            Map<String, Backoff> on) {
        public Retry {
            on = Collections.unmodifiableMap(new LinkedHashMap<>(on));
        }
    }

    public record Backoff(
            Place place,
            Optional<Written<String>> initial,
            Optional<Written<Double>> factor,
            Optional<Written<Double>> jitter,
            Optional<Written<String>> max) {}

    public record Route(Place place, Written<String> name, Written<List<Written<String>>> to) {}

    /**
     * This state on top of an older one: tenants and shared providers are added or replaced by id, inside a tenant
     * credentials by user name and providers by id, its other keys where present. Nothing is removed.
     */
    public State merge(State onto) {
        return new State(
                merged(onto.providers, providers, Provider::key, (before, now) -> now),
                merged(onto.tenants, tenants, Tenant::key, (before, now) -> now.mergedOnto(before)));
    }

    /** What a first start without a file begins with: one login, and messages are kept instead of sent. */
    public static State demo(String username, Secret password) {
        Place place = Place.nowhere();
        Written<String> capture = new Written<>("capture", place);
        Provider provider = new Provider(place, capture, Optional.of(capture), Optional.empty(), Map.of());
        Credential credential = new Credential(
                place, new Written<>(username, place), Optional.of(new Written<>(password.reveal(), place)));
        Route route = new Route(place, new Written<>("default", place), new Written<>(List.of(capture), place));
        Tenant tenant = new Tenant(
                place,
                new Written<>("demo", place),
                Optional.of(new Written<>("Demo", place)),
                Optional.empty(),
                List.of(credential),
                Optional.empty(),
                Optional.empty(),
                List.of(provider),
                Optional.empty(),
                Optional.empty(),
                Optional.of(List.of(route)));
        return new State(List.of(), List.of(tenant));
    }

    private static <T> List<T> merged(
            List<T> old, List<T> changes, Function<T, String> key, BinaryOperator<T> mergeOnto) {
        Map<String, T> byKey = new LinkedHashMap<>();
        old.forEach(element -> byKey.put(key.apply(element), element));
        changes.forEach(element -> byKey.merge(key.apply(element), element, mergeOnto));
        return new ArrayList<>(byKey.values());
    }

    private static <T> List<T> unique(List<T> elements, Function<T, String> key) {
        if (elements.stream().map(key).distinct().count() < elements.size()) {
            throw new IllegalArgumentException("two elements of a list have the same key");
        }
        return List.copyOf(elements);
    }
}
