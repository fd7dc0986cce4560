package org.smtpproxy.provider;

import java.util.List;
import java.util.Optional;

/**
 * One key of a provider's configuration.
 *
 * @param fallback the value when the key is absent, in the form the state file would have it
 * @param choices the allowed words of a {@code CHOICE}, else empty
 * @param description one sentence for documentation and console
 */
public record Setting(
        String name, Type type, boolean required, Optional<Object> fallback, List<String> choices, String description) {

    /** The form a value has in the state file. */
    public enum Type {
        STRING,
        SECRET,
        /** A positive whole number. */
        INTEGER,
        BOOLEAN,
        /** {@code 500ms}, {@code 30s}, {@code 5m}, {@code 48h} or {@code 7d}. */
        DURATION,
        CHOICE,
        /** The path of a readable file. */
        FILE,
        /** Header names to values. */
        HEADERS
    }

    public static Setting required(String name, Type type, String description) {
        return new Setting(name, type, true, Optional.empty(), List.of(), description);
    }

    public static Setting optional(String name, Type type, String description) {
        return new Setting(name, type, false, Optional.empty(), List.of(), description);
    }

    public static Setting withDefault(String name, Type type, Object fallback, String description) {
        return new Setting(name, type, false, Optional.of(fallback), List.of(), description);
    }

    public static Setting choice(String name, String fallback, List<String> choices, String description) {
        return new Setting(name, Type.CHOICE, false, Optional.of(fallback), choices, description);
    }
}
