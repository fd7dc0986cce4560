package org.smtpproxy.store;

import java.util.Locale;
import java.util.Optional;

/**
 * A login's secret as it is kept: where to find it, or a hash of it. In a {@code State} it is text, hashes with their
 * kind in front as in RFC 2307: {@code {keyed}…}, {@code {argon2id}…}.
 */
public record StoredSecret(Kind kind, String value) {
    public enum Kind {
        /** {@code ${env:NAME}} and its like; the secret itself is elsewhere. */
        REFERENCE,
        /** A keyed digest, for secrets that were generated. */
        KEYED,
        /** For passwords that somebody chose. */
        ARGON2ID;

        String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Kind of(String word) {
            return valueOf(word.toUpperCase(Locale.ROOT));
        }
    }

    public StoredSecret {
        if ((kind == Kind.REFERENCE) != value.startsWith("${")) {
            throw new IllegalArgumentException("a reference, and nothing else, begins with ${");
        }
    }

    /** Empty when the text is a password that must be hashed first. */
    public static Optional<StoredSecret> parse(String text) {
        if (text.startsWith("${")) {
            return Optional.of(new StoredSecret(Kind.REFERENCE, text));
        }
        for (Kind kind : new Kind[] {Kind.KEYED, Kind.ARGON2ID}) {
            String prefix = "{" + kind.word() + "}";
            if (text.startsWith(prefix) && text.length() > prefix.length()) {
                return Optional.of(new StoredSecret(kind, text.substring(prefix.length())));
            }
        }
        return Optional.empty();
    }

    /** As a state has it. */
    public String text() {
        return kind == Kind.REFERENCE ? value : "{" + kind.word() + "}" + value;
    }

    @Override
    public String toString() {
        return kind.word();
    }
}
