package org.smtpproxy.relay.acceptance;

import java.util.List;
import java.util.Optional;

import org.apache.james.mime4j.dom.address.Mailbox;
import org.apache.james.mime4j.dom.address.MailboxList;
import org.apache.james.mime4j.field.address.LenientAddressParser;
import org.smtpproxy.mail.Domain;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.tenancy.SenderPolicy;

/**
 * Checks that a tenant sends only for its own domains: in MAIL FROM and in the From header. A From header that can't be
 * read is refused where domains are restricted, because it could hide anything.
 */
public final class SenderCheck {
    private SenderCheck() {}

    /** The refusal of an envelope sender, if it must be refused; notifications ({@code <>}) come from anyone. */
    public static Optional<Reply> envelope(SenderPolicy policy, Optional<EmailAddress> sender) {
        return sender.map(EmailAddress::normalizedDomain)
                .filter(domain -> !policy.allows(domain))
                .map(domain -> Reply.of(
                        553, "5.7.1", "Sender domain " + domain + " is not among the senders allowed for this login"));
    }

    static Optional<Reply> header(SenderPolicy policy, List<String> from) {
        if (policy.any()) {
            return Optional.empty();
        }
        if (from.isEmpty()) {
            return Optional.of(Reply.of(550, "5.7.1", "The From header is missing"));
        }
        for (String field : from) {
            MailboxList mailboxes = LenientAddressParser.DEFAULT
                    .parseAddressList(field.replaceAll("\\s+", " "))
                    .flatten();
            if (mailboxes.isEmpty()) {
                return Optional.of(Reply.of(550, "5.7.1", "The From header has no readable address"));
            }
            for (Mailbox mailbox : mailboxes) {
                if (!allowed(policy, mailbox)) {
                    return Optional.of(Reply.of(
                            550, "5.7.1", "The From header names a domain that is not allowed for this login"));
                }
            }
        }
        return Optional.empty();
    }

    private static boolean allowed(SenderPolicy policy, Mailbox mailbox) {
        String domain = mailbox.getDomain();
        try {
            return domain != null && policy.allows(Domain.of(domain));
        } catch (IllegalArgumentException unreadable) {
            return false;
        }
    }
}
