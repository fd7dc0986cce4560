package org.smtpproxy.testkit.crash;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Compares what arrived with what was submitted, byte by byte: the submitted header has to be there in one piece, and
 * the body behind it; only complete header fields that a relay adds may stand before the header and at its end.
 */
final class RelayedContent {
    private static final Set<String> ADDED_ON_TOP = Set.of("received");
    private static final Set<String> ADDED_IF_MISSING = Set.of("date", "message-id");

    private RelayedContent() {}

    /** What is wrong with the arrived bytes, if anything. */
    static Optional<String> difference(CrashMessage message, byte[] arrived) {
        byte[] submitted = message.content();
        if (arrived.length < submitted.length) {
            return Optional.of("arrived with " + arrived.length + " bytes of " + submitted.length);
        }
        String whole = text(submitted, 0, submitted.length);
        String header = whole.substring(0, whole.indexOf("\r\n\r\n") + 2);
        int body = submitted.length - header.length();
        int begin = arrived.length - body;
        int mismatch = Arrays.mismatch(arrived, begin, arrived.length, submitted, header.length(), submitted.length);
        if (mismatch >= 0) {
            return Optional.of("differs from what was submitted at byte " + mismatch + " of its body of " + body);
        }
        String above = text(arrived, 0, begin);
        int at = above.indexOf(header);
        if (at < 0) {
            return Optional.of("differs from what was submitted in its header");
        }
        return unexpectedField(above.substring(0, at), ADDED_ON_TOP)
                .or(() -> unexpectedField(
                        above.substring(at + header.length()), message.hasOwnIdentity() ? Set.of() : ADDED_IF_MISSING));
    }

    private static String text(byte[] octets, int offset, int length) {
        return new String(octets, offset, length, StandardCharsets.ISO_8859_1);
    }

    private static Optional<String> unexpectedField(String added, Set<String> allowed) {
        if (!added.isEmpty() && !added.endsWith("\r\n")) {
            return Optional.of("an added header field without its line end");
        }
        if (added.startsWith("\r\n") || added.contains("\r\n\r\n")) {
            return Optional.of("an empty line within the header");
        }
        // A folded field goes on with white space: unfold before looking at names.
        for (String field : added.replaceAll("\r\n(?=[ \t])", "").split("\r\n", -1)) {
            String name = field.split(":", 2)[0].toLowerCase(Locale.ROOT);
            if (!field.isEmpty() && !allowed.contains(name)) {
                return Optional.of("an added header field " + name);
            }
        }
        return Optional.empty();
    }
}
