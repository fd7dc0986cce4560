package org.smtpproxy.queue;

/** Whether the queue can promise anything now. */
public sealed interface QueueHealth {
    /** Messages are accepted and outcomes recorded. */
    record Healthy() implements QueueHealth {}

    /** As healthy, but an operator should look before it fails. */
    record Strained(String reason) implements QueueHealth {}

    /**
     * Clients get 451. Deliveries go on as long as outcomes can be recorded, which makes room; when they can't, nothing
     * is claimable. {@code reason} is for operators.
     */
    record Failing(String reason) implements QueueHealth {}
}
