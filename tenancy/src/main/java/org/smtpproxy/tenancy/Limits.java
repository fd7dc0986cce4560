package org.smtpproxy.tenancy;

/**
 * How large a message of a tenant may be.
 *
 * @param maxMessageBytes the content's octets, as the SIZE extension counts them (RFC 1870)
 * @param maxRecipients recipients of one transaction
 */
public record Limits(long maxMessageBytes, int maxRecipients) {
    public static final Limits DEFAULT = new Limits(26_214_400, 1000);

    /** RFC 5321 section 4.5.3.1.8 asks a server to take at least 100; a tenant may be held to fewer. */
    static final int MOST_RECIPIENTS = 100_000;

    static final long MOST_BYTES = 1L << 30;

    public Limits {
        if (maxMessageBytes < 1 || maxMessageBytes > MOST_BYTES) {
            throw new IllegalArgumentException("maxMessageBytes is 1 to " + MOST_BYTES);
        }
        if (maxRecipients < 1 || maxRecipients > MOST_RECIPIENTS) {
            throw new IllegalArgumentException("maxRecipients is 1 to " + MOST_RECIPIENTS);
        }
    }
}
