package org.smtpproxy.mail;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * An SMTP reply (RFC 5321 section 4.2, RFC 2034): ours to a client, or a provider's to us. HTTP answers are told in the
 * same words. A reply is a value, never an exception.
 *
 * @param code 200 to 599
 * @param status the enhanced code, absent in greetings, EHLO and replies of peers that give none
 * @param lines the text without code and status, at least one line
 */
public record Reply(int code, Optional<EnhancedStatus> status, List<String> lines) {
    public Reply {
        if (code < 200 || code > 599) {
            throw new IllegalArgumentException("a reply code is 200 to 599, not " + code);
        }
        lines = List.copyOf(lines);
        if (lines.isEmpty()) {
            throw new IllegalArgumentException("a reply has a line");
        }
    }

    public static Reply of(int code, String status, String text) {
        return new Reply(code, Optional.of(EnhancedStatus.parse(status)), List.of(text));
    }

    public static Reply plain(int code, String text) {
        return new Reply(code, Optional.empty(), List.of(text));
    }

    /** It is done; not merely begun, which 3xx says. */
    public boolean isPositive() {
        return code < 300;
    }

    public boolean isIntermediate() {
        return code >= 300 && code < 400;
    }

    public boolean isTransient() {
        return code >= 400 && code < 500;
    }

    public boolean isPermanent() {
        return code >= 500;
    }

    /** All lines in one, for logs and events. */
    public String text() {
        return String.join(" ", lines);
    }

    /** As sent, with CRLF at the end of each line; the enhanced code stands on every line (RFC 2034 section 4). */
    public String wire() {
        String prefix = status.map(s -> s + " ").orElse("");
        int last = lines.size() - 1;
        StringBuilder wire = new StringBuilder(64);
        for (int i = 0; i <= last; i++) {
            wire.append(code)
                    .append(i == last ? ' ' : '-')
                    .append(prefix)
                    .append(lines.get(i))
                    .append("\r\n");
        }
        return wire.toString();
    }

    @Override
    public String toString() {
        return code + status.map(s -> " " + s).orElse("") + " " + lines.stream().collect(Collectors.joining(" / "));
    }
}
