package org.smtpproxy.providers.capture;

import java.time.Instant;
import java.util.List;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.TenantId;

/**
 * A message that a capture account kept.
 *
 * @param id the message's id, with {@code -} and the part's number when the message was split
 * @param sender empty for the null reverse-path
 * @param size of the content, in octets
 * @param subject decoded for display, empty when there is none
 */
public record CapturedMessage(
        String id,
        TenantId tenant,
        AccountId account,
        String sender,
        List<String> recipients,
        Instant capturedAt,
        long size,
        String subject) {
    public CapturedMessage {
        recipients = List.copyOf(recipients);
    }
}
