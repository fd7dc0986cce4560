package org.smtpproxy.queue;

import java.time.Instant;
import java.util.List;

import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;

/**
 * A message to be made durable.
 *
 * @param lane where its first part waits: the tenant, and the first account its route names
 * @param content sealed
 * @param events written with it, {@code accepted} among them
 */
public record NewMessage(
        MessageId id,
        Lane lane,
        Envelope envelope,
        Needs needs,
        Instant receivedAt,
        String sessionId,
        IncomingContent content,
        List<DeliveryEvent> events) {}
