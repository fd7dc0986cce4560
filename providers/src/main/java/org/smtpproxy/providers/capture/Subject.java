package org.smtpproxy.providers.capture;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.smtpproxy.mail.MessageContent;

/** Finds a message's subject and decodes it for display (RFC 2047). What can't be decoded is shown as it is. */
final class Subject {
    private static final int SEARCHED_OCTETS = 64 * 1024;
    private static final int LONGEST = 500;
    private static final Pattern FIELD =
            Pattern.compile("^Subject:([^\n]*+(?:\n[ \t][^\n]*+)*+)", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE);
    private static final Pattern GAP = Pattern.compile("(\\?=)\\s+(=\\?)");
    private static final Pattern ENCODED_WORD = Pattern.compile("=\\?([^?*]+)(?:\\*[^?]*)?\\?([BbQq])\\?([^?]*)\\?=");

    private Subject() {}

    static String of(MessageContent content) throws IOException {
        byte[] start;
        try (InputStream in = content.open()) {
            start = in.readNBytes(SEARCHED_OCTETS);
        }
        String header = new String(start, StandardCharsets.UTF_8).replace("\r\n", "\n");
        int end = header.indexOf("\n\n");
        Matcher field = FIELD.matcher(end < 0 ? header : header.substring(0, end));
        return field.find() ? display(field.group(1)) : "";
    }

    private static String display(String raw) {
        String unfolded = raw.replace("\n", "").strip();
        String decoded = ENCODED_WORD
                .matcher(GAP.matcher(unfolded).replaceAll("$1$2"))
                .replaceAll(word -> Matcher.quoteReplacement(
                        decode(word.group(1), word.group(2), word.group(3)).orElse(word.group())));
        String printable = decoded.replaceAll("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]", "?");
        return printable.length() <= LONGEST ? printable : printable.substring(0, LONGEST);
    }

    private static Optional<String> decode(String charset, String encoding, String text) {
        try {
            byte[] octets = encoding.equalsIgnoreCase("B") ? Base64.getDecoder().decode(text) : decodeQ(text);
            return Optional.of(new String(octets, Charset.forName(charset)));
        } catch (IllegalArgumentException e) {
            // An unknown character set or a broken encoding.
            return Optional.empty();
        }
    }

    private static byte[] decodeQ(String text) {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '=' && i + 2 < bytes.length) {
                octets.write(Integer.parseInt(new String(bytes, i + 1, 2, StandardCharsets.US_ASCII), 16));
                i += 2;
            } else {
                octets.write(bytes[i] == '_' ? ' ' : bytes[i]);
            }
        }
        return octets.toByteArray();
    }
}
