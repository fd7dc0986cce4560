package org.smtpproxy.smtp.client;

import org.smtpproxy.mail.Reply;

/** How a transaction ended for one of its recipients. */
public sealed interface RecipientResult {
    /** The server decided: a refusal at {@code phase}, or any reply to the content. */
    record Answered(Phase phase, Reply reply) implements RecipientResult {}

    /**
     * The connection broke before the server decided.
     *
     * @param handedOver whether the end of the content was on its way, so that the server may have the message
     */
    record Broken(BrokenTransportException cause, boolean handedOver) implements RecipientResult {}
}
