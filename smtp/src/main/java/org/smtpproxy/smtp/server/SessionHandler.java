package org.smtpproxy.smtp.server;

import java.util.Optional;

import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.Secret;

/**
 * Where the protocol meets policy: one object per connection, called from that connection's thread only. The protocol
 * knows nothing of tenants or storage. A reply with code 421 makes the session close the connection after it. An
 * exception is answered 451 4.3.0 without its text.
 */
public interface SessionHandler {
    /** Makes the handler of a new connection. */
    @FunctionalInterface
    interface Factory {
        SessionHandler open(SessionInfo session);
    }

    /** Before the banner: a reply (421 or 554) refuses the connection. */
    Optional<Reply> connected();

    /** Checks a login (AUTH PLAIN and LOGIN). Empty accepts; a reply refuses. */
    Optional<Reply> authenticate(String username, Secret password);

    /** What this client may do now; asked at EHLO and after authentication. */
    SessionLimits limits();

    /** MAIL: begins a transaction or refuses it. */
    MailDecision mail(MailCommand mail);

    /** The connection is gone; an open transaction was aborted before. */
    void closed();

    /** The answer to MAIL. */
    sealed interface MailDecision {
        /** Go on with RCPT. */
        record Begun(Transaction transaction) implements MailDecision {}

        /** No transaction. */
        record Refused(Reply reply) implements MailDecision {}
    }
}
