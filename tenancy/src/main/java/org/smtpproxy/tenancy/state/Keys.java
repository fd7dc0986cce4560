package org.smtpproxy.tenancy.state;

import java.util.List;
import java.util.Map;

/**
 * The keys of one kind of mapping in a state file.
 *
 * @param known in the order in which they are written out
 * @param later keys of the format that this version doesn't support yet
 */
record Keys(List<String> known, List<String> later) {
    static final Keys STATE = new Keys(List.of("providers", "tenants"), List.of());
    static final Keys TENANT = new Keys(
            List.of(
                    "id",
                    "name",
                    "limits",
                    "credentials",
                    "trustedNetworks",
                    "senders",
                    "providers",
                    "retry",
                    "bareNewlines",
                    "routes"),
            List.of("inDoubt", "onExceed", "webhooks"));
    static final Keys LIMITS = new Keys(
            List.of("maxMessageBytes", "maxRecipients"),
            List.of("messagesPerSecond", "messagesPerDay", "maxConnections"));
    static final Keys CREDENTIAL = new Keys(List.of("username", "password"), List.of());
    /** Followed by the settings of its type. */
    static final Keys SHARED_PROVIDER = new Keys(List.of("id", "tenants", "type"), List.of());

    static final Keys OWN_PROVIDER = new Keys(List.of("id", "type"), List.of());
    static final Keys RETRY =
            new Keys(List.of("initial", "factor", "jitter", "max", "maxAttempts", "lifetime", "on"), List.of());
    static final Keys RETRY_ON = new Keys(List.of("transient", "throttled", "greylisted", "configuration"), List.of());
    static final Keys BACKOFF = new Keys(List.of("initial", "factor", "jitter", "max"), List.of());
    static final Keys ROUTE = new Keys(List.of("name", "to"), List.of("when", "outside"));
    static final Keys CANDIDATE = new Keys(List.of("provider"), List.of("priority", "weight"));

    /** All of them by what they are the keys of. */
    static Map<String, Keys> all() {
        return Map.ofEntries(
                Map.entry("state", STATE),
                Map.entry("shared provider", SHARED_PROVIDER),
                Map.entry("tenant", TENANT),
                Map.entry("limits", LIMITS),
                Map.entry("credential", CREDENTIAL),
                Map.entry("own provider", OWN_PROVIDER),
                Map.entry("retry", RETRY),
                Map.entry("retry.on", RETRY_ON),
                Map.entry("retry.on.*", BACKOFF),
                Map.entry("route", ROUTE),
                Map.entry("candidate", CANDIDATE));
    }
}
