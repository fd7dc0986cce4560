package org.smtpproxy.queue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.TenantId;

/** Recipients that were given up on, and the content they did not get. */
public record DeadLetter(
        PartId part,
        TenantId tenant,
        Optional<EmailAddress> sender,
        List<RecipientState> recipients,
        Instant receivedAt,
        Instant givenUpAt,
        MessageContent content) {}
