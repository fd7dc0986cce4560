package org.smtpproxy.queue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;

/**
 * A part under lease, with all that a delivery needs.
 *
 * @param sender empty for the null reverse-path
 * @param inDoubt the account that may already have the part, from an attempt that a crash cut off
 * @param content read when needed; still encrypted on disk unless it is fresh
 */
public record LeasedPart(
        Lease lease,
        Lane lane,
        Optional<EmailAddress> sender,
        List<RecipientState> recipients,
        Needs needs,
        Instant receivedAt,
        String sessionId,
        Optional<AccountId> inDoubt,
        MessageContent content) {

    public MessageId message() {
        return lease.part().message();
    }
}
