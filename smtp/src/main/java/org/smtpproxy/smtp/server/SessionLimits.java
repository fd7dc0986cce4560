package org.smtpproxy.smtp.server;

/**
 * What a client may do, as far as the protocol enforces it.
 *
 * @param maxMessageBytes larger content is refused with 552 5.3.4
 * @param maxRecipients further recipients of a message are refused with 452 4.5.3
 * @param bareNewlines what happens to a CR or LF that stands alone in content
 */
public record SessionLimits(long maxMessageBytes, int maxRecipients, BareNewlines bareNewlines) {
    /** A CR without LF or a LF without CR in content (RFC 5321 section 2.3.8 forbids both). */
    public enum BareNewlines {
        /** 550 5.6.0 after the content. */
        REJECT,
        /** Each becomes CRLF. The end of data stays CRLF.CRLF. */
        NORMALIZE
    }
}
