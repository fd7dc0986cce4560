package org.smtpproxy.mail;

import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * One thing that happened to a message or to one of its recipients. Events are written with the state change they
 * tell of and read by history, webhooks and statistics; log records carry the same fields.
 *
 * @param id the message's id
 * @param recipient absent for {@code accepted}, which is about the whole message
 * @param account the provider account of an attempt
 * @param route the name of the route that chose the account
 * @param attempt how many attempts were made, 0 before the first
 * @param response the provider's reply, or our words for what happened
 * @param latency how long the attempt took
 * @param queued how long the message has been in the queue
 */
public record DeliveryEvent(
        Type type,
        Instant time,
        TenantId tenant,
        MessageId id,
        String sender,
        Optional<EmailAddress> recipient,
        Optional<AccountId> account,
        Optional<String> route,
        int attempt,
        Optional<Reply> response,
        Duration latency,
        Duration queued,
        String sessionId) {

    /** What happened; the names are those of logs, API and webhooks. */
    public enum Type {
        ACCEPTED,
        RELAYED,
        DEFERRED,
        BOUNCED,
        IN_DOUBT,
        EXPIRED,
        DEAD_LETTERED;

        /** As printed: lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
