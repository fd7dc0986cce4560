package org.smtpproxy.mail;

import java.net.IDN;
import java.util.Locale;

/**
 * A mail domain in the one form that is compared: A-labels in lower case (RFC 5890), or an address literal such as
 * {@code [192.0.2.1]}. The text a client wrote stays in {@link EmailAddress}.
 */
public record Domain(String ascii) {
    private static final int LONGEST = 255;

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
        return new Domain(IDN.toASCII(withoutRoot, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT));
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
