package org.smtpproxy.queue;

import java.util.List;

import org.smtpproxy.mail.DeliveryEvent;

/**
 * The outbox: what happened, in the order it was made durable. Written only together with state changes, through
 * {@link MessageQueue}. Consumers keep a cursor each and are idempotent: after a crash they read some events again.
 */
public interface EventLog {
    /** An event and its place in the log; sequence numbers grow and are never used again. */
    record Entry(long sequence, DeliveryEvent event) {}

    /** Events behind a sequence number, oldest first; 0 starts at the oldest kept. */
    List<Entry> read(long after, int limit);

    /** Notes how far a consumer got. Events that every known consumer has passed may be dropped. */
    void acknowledge(String consumer, long sequence);

    /** How far a consumer got; 0 for one that never acknowledged anything. */
    long acknowledged(String consumer);
}
