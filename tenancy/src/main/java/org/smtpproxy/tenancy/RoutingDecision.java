package org.smtpproxy.tenancy;

import java.util.List;
import java.util.Optional;

/**
 * Where a message goes.
 *
 * @param route the rule that matched; empty when none did, then there are no candidates either
 * @param candidates the accounts to try, in this order
 */
public record RoutingDecision(Optional<String> route, List<Candidate> candidates) {
    public RoutingDecision {
        candidates = List.copyOf(candidates);
    }
}
