package org.smtpproxy.smtp;

import java.util.Locale;
import java.util.Optional;

/**
 * A parameter of MAIL or RCPT, {@code SIZE=1000} or {@code SMTPUTF8}.
 *
 * @param keyword in upper case
 */
public record EsmtpParameter(String keyword, Optional<String> value) {
    public EsmtpParameter {
        keyword = keyword.toUpperCase(Locale.ROOT);
    }

    /** Reads one parameter; empty when it breaks the grammar of RFC 5321 section 4.1.2. */
    static Optional<EsmtpParameter> parse(String text) {
        int equals = text.indexOf('=');
        String keyword = equals < 0 ? text : text.substring(0, equals);
        if (!isKeyword(keyword)) {
            return Optional.empty();
        }
        if (equals < 0) {
            return Optional.of(new EsmtpParameter(keyword, Optional.empty()));
        }
        String value = text.substring(equals + 1);
        return isValue(value) ? Optional.of(new EsmtpParameter(keyword, Optional.of(value))) : Optional.empty();
    }

    private static boolean isKeyword(String text) {
        if (text.isEmpty() || text.charAt(0) == '-') {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            if (!Ascii.isLetterOrDigit(text.charAt(i)) && text.charAt(i) != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isValue(String text) {
        if (text.isEmpty()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c <= ' ' || c == '=' || c == 0x7f) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return value.map(v -> keyword + "=" + v).orElse(keyword);
    }
}
