package org.smtpproxy.tenancy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Two provider types with the keys that the real ones have, and just enough rules to be broken. */
public final class FixedTypes implements ProviderTypes {
    private static final Set<String> SMTP = Set.of(
            "host",
            "port",
            "tls",
            "caFile",
            "username",
            "password",
            "heloName",
            "maxConnections",
            "maxMessagesPerConnection",
            "idleTimeout",
            "connectTimeout",
            "commandTimeout",
            "headers");

    @Override
    public Set<String> names() {
        return Set.of("smtp", "capture");
    }

    @Override
    public Set<String> keys(String type) {
        return type.equals("smtp") ? SMTP : Set.of();
    }

    @Override
    public List<SettingProblem> check(String type, Map<String, Object> settings) {
        List<SettingProblem> problems = new ArrayList<>();
        if (type.equals("smtp") && !settings.containsKey("host")) {
            problems.add(new SettingProblem("host", "is missing: the server to relay to"));
        }
        if (settings.containsKey("port") && !(settings.get("port") instanceof Long)) {
            problems.add(new SettingProblem("port", "must be a positive whole number"));
        }
        return problems;
    }
}
