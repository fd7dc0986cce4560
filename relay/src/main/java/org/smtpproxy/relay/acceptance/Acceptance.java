package org.smtpproxy.relay.acceptance;

import org.smtpproxy.mail.MessageId;
import org.smtpproxy.queue.MessageQueue;
import org.smtpproxy.relay.events.Reporting;
import org.smtpproxy.smtp.server.MailCommand;
import org.smtpproxy.smtp.server.SessionInfo;
import org.smtpproxy.smtp.server.Transaction;
import org.smtpproxy.tenancy.TenantSnapshot;

/**
 * Begins messages. Everything a message needs on its way in is fixed at MAIL: one tenant snapshot, one id.
 *
 * @param hostName stands in Received and in Message-IDs made here
 */
public record Acceptance(MessageQueue queue, String hostName, Reporting reporting) {

    /** A message of {@code tenant} begins to arrive. */
    public Transaction begin(TenantSnapshot tenant, SessionInfo session, MailCommand mail) {
        return new IncomingMessage(
                this, tenant, session, mail, MessageId.next(reporting.clock().instant()));
    }
}
