package org.smtpproxy.mail;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * A mailbox as the client wrote it (RFC 5321 section 4.1.2, RFC 6531): nothing is folded or unquoted, because only the
 * final host may interpret a local part. {@link #normalizedDomain()} is what policy compares.
 */
public record EmailAddress(String localPart, String domain) {
    /** RFC 5321 section 4.5.3.1.1, in octets. */
    public static final int LONGEST_LOCAL_PART = 64;

    /** RFC 5321 section 4.5.3.1.3: a path has at most 256 octets with its angle brackets. */
    public static final int LONGEST = 254;

    public EmailAddress {
        if (localPart.isEmpty() || octets(localPart) > LONGEST_LOCAL_PART) {
            throw new IllegalArgumentException("a local part has 1 to 64 octets");
        }
        if (domain.isEmpty() || octets(localPart) + 1 + octets(domain) > LONGEST) {
            throw new IllegalArgumentException("an address has at most 254 octets and a domain");
        }
        requireNoControls(localPart);
        requireNoControls(domain);
        Domain.of(domain);
    }

    /** Splits at the last {@code @}; does not check the grammar of the local part, which is the protocol's task. */
    public static EmailAddress parse(String text) {
        int at = text.lastIndexOf('@');
        if (at < 0) {
            throw new IllegalArgumentException("an address is local-part@domain");
        }
        return new EmailAddress(text.substring(0, at), text.substring(at + 1));
    }

    public Domain normalizedDomain() {
        return Domain.of(domain);
    }

    /** False when a relay without SMTPUTF8 can't take this address as it is written. */
    public boolean isAscii() {
        return octets(localPart) == localPart.length() && octets(domain) == domain.length();
    }

    /** For logs: enough to recognise, not enough to write to. */
    public String masked() {
        return localPart.substring(0, localPart.offsetByCodePoints(0, 1)) + "***@" + domain.toLowerCase(Locale.ROOT);
    }

    private static void requireNoControls(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                throw new IllegalArgumentException("an address has no control characters");
            }
        }
    }

    private static int octets(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    @Override
    public String toString() {
        return localPart + "@" + domain;
    }
}
