package org.smtpproxy.smtp;

import java.net.Inet6Address;
import java.util.Locale;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.EmailAddress;

/**
 * Reads one path (RFC 5321 section 4.1.2) from left to right. Underscores in domains are let through: DNS has them and
 * so does living mail. Null stays inside this package: it means "not in the grammar".
 */
final class PathParser {
    private static final int LONGEST_LABEL = 63;
    private static final String POSTMASTER = "postmaster";
    private static final String IPV6_TAG = "ipv6:";

    private final String text;
    private int at;

    PathParser(String text) {
        this.text = text;
    }

    /** The path at the start, or null. */
    @Nullable
    Path path() {
        if (!skip('<')) {
            return null;
        }
        if (skip('>')) {
            return new Path.Null();
        }
        if (peek() == '@' && !skipSourceRoute()) {
            return null;
        }
        String localPart = localPart();
        if (localPart == null) {
            return null;
        }
        if (skip('>')) {
            return localPart.equalsIgnoreCase(POSTMASTER) ? new Path.Postmaster(localPart) : null;
        }
        if (!skip('@')) {
            return null;
        }
        String domain = domainOrLiteral();
        return domain == null || !skip('>') ? null : mailbox(localPart, domain);
    }

    /** What follows the path. */
    String rest() {
        return text.substring(at);
    }

    private static @Nullable Path mailbox(String localPart, String domain) {
        try {
            return new Path.Mailbox(new EmailAddress(localPart, domain));
        } catch (IllegalArgumentException tooLongOrNoDomain) {
            return null;
        }
    }

    /** {@code @one,@two:}, which servers accept and ignore (RFC 5321 appendix C). */
    private boolean skipSourceRoute() {
        do {
            if (!skip('@') || domain() == null) {
                return false;
            }
        } while (skip(','));
        return skip(':');
    }

    private @Nullable String localPart() {
        return peek() == '"' ? quotedString() : dotString();
    }

    private @Nullable String dotString() {
        int start = at;
        do {
            int atom = at;
            while (Ascii.isAtext(peek())) {
                at++;
            }
            if (at == atom) {
                return null;
            }
        } while (skip('.'));
        return text.substring(start, at);
    }

    private @Nullable String quotedString() {
        int start = at++;
        while (peek() != '"') {
            if (peek() == '\\') {
                at++;
            }
            char c = peek();
            if ((c < ' ' || c > '~') && !Ascii.isBeyond(c)) {
                return null;
            }
            at++;
        }
        at++;
        return text.substring(start, at);
    }

    private @Nullable String domainOrLiteral() {
        return peek() == '[' ? addressLiteral() : domain();
    }

    private @Nullable String domain() {
        int start = at;
        do {
            int label = at;
            while (isInLabel(peek())) {
                at++;
            }
            if (at == label || at - label > LONGEST_LABEL || text.charAt(label) == '-' || text.charAt(at - 1) == '-') {
                return null;
            }
        } while (skip('.'));
        return text.substring(start, at);
    }

    private static boolean isInLabel(char c) {
        return Ascii.isLetterOrDigit(c) || c == '-' || c == '_' || Ascii.isBeyond(c);
    }

    /** No tag but IPv6 is registered, so general literals are refused. */
    private @Nullable String addressLiteral() {
        int start = at;
        int end = text.indexOf(']', start);
        if (end < 0) {
            return null;
        }
        String inside = text.substring(start + 1, end);
        boolean valid = inside.toLowerCase(Locale.ROOT).startsWith(IPV6_TAG)
                ? isIpv6(inside.substring(IPV6_TAG.length()))
                : isIpv4(inside);
        at = end + 1;
        return valid ? text.substring(start, at) : null;
    }

    private static boolean isIpv4(String address) {
        String[] numbers = address.split("\\.", -1);
        if (numbers.length != 4) {
            return false;
        }
        for (String number : numbers) {
            if (number.isEmpty() || number.length() > 3 || !number.chars().allMatch(c -> Ascii.isDigit((char) c))) {
                return false;
            }
            if (Integer.parseInt(number) > 255) {
                return false;
            }
        }
        return true;
    }

    private static boolean isIpv6(String address) {
        if (address.indexOf('%') >= 0 || address.indexOf(':') < 0) {
            return false;
        }
        try {
            Inet6Address.ofLiteral(address);
            return true;
        } catch (IllegalArgumentException malformed) {
            return false;
        }
    }

    /** The next character, NUL at the end: NUL is in no part of the grammar. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private boolean skip(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }
}
