package org.smtpproxy.tenancy;

import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.Envelope;

/** Picks the candidates for a message: the first route that matches wins. A pure function, without clock or state. */
public final class Router {
    private Router() {}

    /** @param envelope what the conditions of routes will look at; routes have none yet, so the first one matches */
    public static RoutingDecision route(TenantSnapshot tenant, Envelope envelope) {
        return tenant.routes().stream()
                .findFirst()
                .map(route -> new RoutingDecision(Optional.of(route.name()), route.to()))
                .orElse(new RoutingDecision(Optional.empty(), List.of()));
    }
}
