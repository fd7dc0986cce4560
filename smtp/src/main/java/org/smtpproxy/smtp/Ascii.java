package org.smtpproxy.smtp;

/** Character classes of SMTP's grammar, where {@link Character} would let other alphabets in. */
final class Ascii {
    private static final String ATEXT_MARKS = "!#$%&'*+-/=?^_`{|}~";

    private Ascii() {}

    static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    static boolean isLetterOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c);
    }

    /** RFC 5322 section 3.2.3, and UTF-8 beyond ASCII (RFC 6531 section 3.3). */
    static boolean isAtext(char c) {
        return isLetterOrDigit(c) || isBeyond(c) || ATEXT_MARKS.indexOf(c) >= 0;
    }

    /** Beyond ASCII, without C1 controls and without the character that stands for octets that weren't UTF-8. */
    static boolean isBeyond(char c) {
        return c >= 0xa0 && c != '\ufffd';
    }
}
