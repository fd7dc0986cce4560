package org.smtpproxy.provider;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.smtpproxy.mail.Secret;

/** The checked settings of one account, defaults filled in. Prints its keys only: any value may be a secret. */
public final class ProviderSettings {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private final Map<String, Object> values;

    ProviderSettings(Map<String, Object> values) {
        this.values = Map.copyOf(values);
    }

    /** Reads {@code 500ms}, {@code 30s}, {@code 5m}, {@code 48h} or {@code 7d}; empty when it is none of them. */
    public static Optional<Duration> readDuration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                });
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    public String string(String name) {
        return (String) value(name);
    }

    public Optional<String> optionalString(String name) {
        return has(name) ? Optional.of(string(name)) : Optional.empty();
    }

    public Secret secret(String name) {
        return new Secret(string(name));
    }

    public int integer(String name) {
        return ((Number) value(name)).intValue();
    }

    public boolean bool(String name) {
        return (Boolean) value(name);
    }

    public Duration duration(String name) {
        return readDuration(string(name)).orElseThrow();
    }

    public Optional<Path> optionalFile(String name) {
        return optionalString(name).map(Path::of);
    }

    /** Header names to values in the order of the file; empty when the key is absent. */
    public Map<String, String> headers(String name) {
        Map<String, String> headers = new LinkedHashMap<>();
        if (has(name)) {
            ((Map<?, ?>) value(name)).forEach((key, text) -> headers.put((String) key, (String) text));
        }
        return headers;
    }

    private Object value(String name) {
        Object value = values.get(name);
        if (value == null) {
            throw new IllegalStateException("no setting " + name);
        }
        return value;
    }

    @Override
    public String toString() {
        return "settings " + values.keySet();
    }
}
