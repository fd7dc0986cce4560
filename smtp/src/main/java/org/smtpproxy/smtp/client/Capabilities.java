package org.smtpproxy.smtp.client;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;

import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.Reply;

/**
 * What a server said it can do in its reply to EHLO, after TLS if there is TLS.
 *
 * @param size the largest message it takes (RFC 1870); empty when it named no limit
 * @param auth the SASL mechanisms it offers, in upper case
 */
public record Capabilities(
        boolean startTls,
        boolean pipelining,
        boolean chunking,
        boolean eightBitMime,
        boolean smtpUtf8,
        boolean sizeDeclaration,
        OptionalLong size,
        Set<String> auth) {
    /** A server that knows HELO only. */
    static final Capabilities NONE =
            new Capabilities(false, false, false, false, false, false, OptionalLong.empty(), Set.of());

    public Capabilities {
        auth = Set.copyOf(auth);
    }

    /** Reads a positive reply to EHLO: the first line is the greeting, each further one an extension. */
    static Capabilities read(Reply ehlo) {
        Set<String> keywords = new HashSet<>();
        Set<String> auth = new HashSet<>();
        OptionalLong size = OptionalLong.empty();
        for (String line : ehlo.lines().subList(1, ehlo.lines().size())) {
            // "AUTH=LOGIN" is what clients and servers of the nineties spoke; some still offer only that.
            List<String> words = words(line.toUpperCase(Locale.ROOT).replaceFirst("^AUTH=", "AUTH "));
            if (words.isEmpty()) {
                continue;
            }
            keywords.add(words.getFirst());
            List<String> values = words.subList(1, words.size());
            switch (words.getFirst()) {
                case "AUTH" -> auth.addAll(values);
                case "SIZE" -> size = values.isEmpty() ? size : limit(values.getFirst());
                default -> {
                    // Its presence says all.
                }
            }
        }
        return new Capabilities(
                keywords.contains("STARTTLS"),
                keywords.contains("PIPELINING"),
                keywords.contains("CHUNKING"),
                keywords.contains("8BITMIME"),
                keywords.contains("SMTPUTF8"),
                keywords.contains("SIZE"),
                size,
                auth);
    }

    /** Whether a message of this size can go over this connection unchanged. */
    boolean carry(Needs needs, long octets) {
        return (eightBitMime || !needs.eightBit()) && (smtpUtf8 || !needs.utf8()) && octets <= size.orElse(octets);
    }

    private static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        for (String word : line.split("[ \t]+", -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    /** Zero means "no fixed limit" (RFC 1870 section 4); what is no number means nothing. */
    private static OptionalLong limit(String text) {
        if (!text.matches("\\d{1,18}")) {
            return OptionalLong.empty();
        }
        long limit = Long.parseLong(text);
        return limit == 0 ? OptionalLong.empty() : OptionalLong.of(limit);
    }
}
