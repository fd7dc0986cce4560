package org.smtpproxy.tenancy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.smtpproxy.tenancy.state.Place;
import org.smtpproxy.tenancy.state.Problems;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.Suggestion;
import org.smtpproxy.tenancy.state.Written;

/**
 * Turns the written routes of one tenant into routes. A name means the tenant's own provider, else a shared one that is
 * granted to it. Without routes, a default one tries the tenant's own providers in their order.
 *
 * @param own the tenant's own accounts by name
 */
record RouteCompiler(State.Tenant tenant, Map<String, Candidate> own, Map<String, Shared> shared, Problems problems) {
    static final String EVERYBODY = "*";

    /**
     * A shared account.
     *
     * @param candidate empty when its definition is too broken to name it
     * @param grants the tenants that may name it, or {@link #EVERYBODY}
     */
    record Shared(Optional<Candidate> candidate, Set<String> grants) {
        boolean isGranted(String tenant) {
            return grants.contains(EVERYBODY) || grants.contains(tenant);
        }
    }

    List<Route> compile() {
        List<State.Route> written = tenant.routes().orElse(List.of());
        if (written.isEmpty()) {
            return defaultRoute();
        }
        List<Route> routes = new ArrayList<>();
        Set<String> names = new HashSet<>();
        Optional<String> catchAll = Optional.empty();
        for (State.Route route : written) {
            String name = route.name().value();
            if (!names.add(name)) {
                problems.add(route.name().place(), "route " + name + " is there twice");
            }
            if (catchAll.isPresent()) {
                problems.add(
                        route.place(),
                        "can never be reached: route " + catchAll.get() + " before it takes every message");
            } else if (!problems.knownAt(route.place())) {
                // No route has conditions yet. One that couldn't be read whole may have been meant to have some.
                catchAll = Optional.of(name);
            }
            List<Candidate> candidates = candidates(route.to());
            if (!candidates.isEmpty()) {
                routes.add(new Route(name, candidates));
            }
        }
        return routes;
    }

    private List<Route> defaultRoute() {
        if (!own.isEmpty()) {
            return List.of(new Route("default", List.copyOf(own.values())));
        }
        Place place = tenant.place();
        if (!problems.knownAt(place.missing("providers")) && !problems.knownAt(place.missing("routes"))) {
            problems.add(place, "tenant " + id() + " has no provider: its mail would wait for ever");
        }
        return List.of();
    }

    private List<Candidate> candidates(Written<List<Written<String>>> to) {
        if (to.value().isEmpty() && !problems.knownAt(to.place())) {
            problems.add(to.place(), "is empty: mail would wait for ever");
        }
        Set<Candidate> candidates = new LinkedHashSet<>();
        for (Written<String> name : to.value()) {
            candidate(name).ifPresent(candidate -> {
                if (!candidates.add(candidate)) {
                    problems.add(name.place(), "provider " + name.value() + " is there twice");
                }
            });
        }
        return List.copyOf(candidates);
    }

    private Optional<Candidate> candidate(Written<String> name) {
        Candidate ownOne = own.get(name.value());
        if (ownOne != null) {
            return Optional.of(ownOne);
        }
        Shared sharedOne = shared.get(name.value());
        if (sharedOne == null) {
            reportUnknown(name);
            return Optional.empty();
        }
        if (!sharedOne.isGranted(id())) {
            problems.add(name.place(), "shared provider " + name.value() + " is not granted to tenant " + id());
            return Optional.empty();
        }
        return sharedOne.candidate();
    }

    private void reportUnknown(Written<String> name) {
        Set<String> known = new LinkedHashSet<>();
        tenant.providers().forEach(provider -> known.add(provider.id().value()));
        if (known.contains(name.value())) {
            return; // what is wrong with its id was said where it is defined
        }
        shared.forEach((id, provider) -> {
            if (provider.isGranted(id())) {
                known.add(id);
            }
        });
        problems.add(name.place(), "unknown provider " + name.value() + Suggestion.near(name.value(), known));
    }

    private String id() {
        return tenant.id().value();
    }
}
