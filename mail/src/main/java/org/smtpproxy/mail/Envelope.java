package org.smtpproxy.mail;

import java.util.List;
import java.util.Optional;

/**
 * Who a message is from and for, as said in MAIL and RCPT. An empty sender is the null reverse-path {@code <>} of
 * notifications (RFC 5321 section 4.5.5).
 */
public record Envelope(Optional<EmailAddress> sender, List<EmailAddress> recipients) {
    public Envelope {
        recipients = List.copyOf(recipients);
        if (recipients.isEmpty()) {
            throw new IllegalArgumentException("an envelope has a recipient");
        }
    }

    /** The reverse-path without its angle brackets: empty for {@code <>}. */
    public String senderText() {
        return sender.map(EmailAddress::toString).orElse("");
    }
}
