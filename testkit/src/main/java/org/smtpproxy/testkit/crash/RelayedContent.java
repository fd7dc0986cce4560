package org.smtpproxy.testkit.crash;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Compares what arrived with what was submitted, byte by byte: the submitted content has to be there whole and at the
 * end; before it only complete header fields may stand that a relay adds at the top.
 */
final class RelayedContent {
    private static final Set<String> ALWAYS_ADDED = Set.of("received");
    private static final Set<String> ADDED_IF_MISSING = Set.of("received", "date", "message-id");

    private RelayedContent() {}

    /** What is wrong with the arrived bytes, if anything. */
    static Optional<String> difference(CrashMessage message, byte[] arrived) {
        byte[] submitted = message.content();
        int added = arrived.length - submitted.length;
        if (added < 0) {
            return Optional.of("arrived with " + arrived.length + " bytes of " + submitted.length);
        }
        int mismatch = Arrays.mismatch(arrived, added, arrived.length, submitted, 0, submitted.length);
        if (mismatch >= 0) {
            return Optional.of("differs from what was submitted at byte " + mismatch + " of " + submitted.length);
        }
        String top = new String(arrived, 0, added, StandardCharsets.ISO_8859_1);
        return unexpectedField(top, message.hasOwnIdentity() ? ALWAYS_ADDED : ADDED_IF_MISSING);
    }

    private static Optional<String> unexpectedField(String top, Set<String> allowed) {
        if (!top.isEmpty() && !top.endsWith("\r\n")) {
            return Optional.of("an added header field without its line end");
        }
        // A folded field goes on with white space: unfold before looking at names.
        for (String field : top.replaceAll("\r\n(?=[ \t])", "").split("\r\n", -1)) {
            String name = field.split(":", 2)[0].toLowerCase(Locale.ROOT);
            if (!field.isEmpty() && !allowed.contains(name)) {
                return Optional.of("an added header field " + name);
            }
            if (field.isEmpty() && top.contains("\r\n\r\n")) {
                return Optional.of("an empty line before the submitted header");
            }
        }
        return Optional.empty();
    }
}
