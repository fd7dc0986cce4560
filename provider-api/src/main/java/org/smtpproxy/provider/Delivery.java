package org.smtpproxy.provider;

import java.time.Instant;

import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.TenantId;

/**
 * One attempt to hand a part of a message to a provider.
 *
 * @param envelope the sender and only the recipients of this attempt
 * @param needs what the provider must be able to do to carry the content unchanged
 * @param deadline until when the provider must have begun to take the content
 * @param handover called right before the last octet goes out
 */
public record Delivery(
        PartId part,
        TenantId tenant,
        Envelope envelope,
        Needs needs,
        MessageContent content,
        Instant deadline,
        Handover handover) {

    /** Notes that from now on the provider may have the message even if its answer never comes. */
    @FunctionalInterface
    public interface Handover {
        void begins();
    }
}
