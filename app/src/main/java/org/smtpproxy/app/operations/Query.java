package org.smtpproxy.app.operations;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The parameters behind the question mark. */
record Query(Map<String, String> parameters) {
    private static final int DEFAULT_LIMIT = 50;
    private static final int LARGEST_LIMIT = 500;

    static Query of(URI uri) {
        Map<String, String> parameters = new HashMap<>();
        String raw = uri.getRawQuery();
        if (raw != null) {
            for (String pair : raw.split("&", -1)) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    parameters.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
                }
            }
        }
        return new Query(parameters);
    }

    /** Where the last page ended. */
    Optional<String> cursor() {
        return Optional.ofNullable(parameters.get("cursor")).filter(cursor -> !cursor.isEmpty());
    }

    int limit() {
        String limit = parameters.getOrDefault("limit", Integer.toString(DEFAULT_LIMIT));
        if (!limit.matches("[0-9]{1,4}") || Integer.parseInt(limit) < 1 || Integer.parseInt(limit) > LARGEST_LIMIT) {
            throw new Problem(400, "Bad request", "limit must be 1 to " + LARGEST_LIMIT);
        }
        return Integer.parseInt(limit);
    }

    private static String decode(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException bad) {
            throw new Problem(400, "Bad request", "the query string is not well formed");
        }
    }
}
