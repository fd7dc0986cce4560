package org.smtpproxy.mail;

import java.net.IDN;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A mail domain in the one form that is compared: A-labels in lower case (RFC 5890), or an address literal such as
 * {@code [192.0.2.1]}. The text a client wrote stays in {@link EmailAddress}.
 */
public record Domain(String ascii) {
    private static final int LONGEST = 255;
    private static final String LABEL = "(?!-)[a-z0-9_-]{1,63}(?<!-)";
    private static final Pattern HOST_NAME = Pattern.compile(LABEL + "(\\." + LABEL + ")*");

    public Domain {
        if (ascii.isEmpty() || ascii.length() > LONGEST) {
            throw new IllegalArgumentException("a domain has 1 to 255 characters, not: " + ascii);
        }
    }

    /** Normalises a domain as written: U-labels become A-labels. */
    public static Domain of(String text) {
        if (text.startsWith("[")) {
            return new Domain(text.toLowerCase(Locale.ROOT));
        }
        String withoutRoot = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        if (isPlainAscii(withoutRoot)) {
            return new Domain(withoutRoot.toLowerCase(Locale.ROOT));
        }
        return new Domain(
                requireHostName(IDN.toASCII(withoutRoot, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT)));
    }

    /** IDNA makes dots, hyphens, {@code @} and blanks of characters that were none before: the grammar once more. */
    private static String requireHostName(String ascii) {
        if (ascii.length() > LONGEST || !HOST_NAME.matcher(ascii).matches()) {
            throw new IllegalArgumentException("a domain has labels of letters, digits and hyphens, not: " + ascii);
        }
        return ascii;
    }

    /** Whether this is {@code parent} itself or lies below it. */
    public boolean isBelow(Domain parent) {
        return ascii.length() > parent.ascii.length()
                && ascii.endsWith(parent.ascii)
                && ascii.charAt(ascii.length() - parent.ascii.length() - 1) == '.';
    }

    private static boolean isPlainAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return ascii;
    }
}
