package org.smtpproxy.smtp.server;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;

/**
 * One message on its way in: recipients, then content. Exactly one of {@link #commit}, {@link #refused} and
 * {@link #abort} ends it.
 */
public interface Transaction {
    /** RCPT: a positive reply accepts the recipient. */
    Reply recipient(EmailAddress recipient);

    /** Content as it arrives, dots unstuffed, line endings strict or normalised to CRLF. The array is reused after. */
    void content(byte[] bytes, int offset, int length);

    /**
     * The content is complete. Returns when the message is safe (250) or refused. Only after this the client hears
     * that we have it.
     */
    Reply commit();

    /** The session refuses the content with this reply: forget everything. */
    void refused(Reply reply);

    /** The client gave up or broke the protocol: forget everything. */
    void abort();
}
