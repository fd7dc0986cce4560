package org.smtpproxy.queue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.Lane;

/**
 * How an attempt ended. Recipients that are in neither list are finished; when none of a message's parts and dead
 * letters remain, its content is deleted.
 *
 * @param waiting recipients that will be tried again, grouped by lane and due time; the first group keeps the part's
 *     id, the others become new parts
 * @param dead recipients that are given up on; the message stays in the dead letter store
 * @param events written with the state change
 */
public record Settlement(Lease lease, List<Waiting> waiting, List<RecipientState> dead, List<DeliveryEvent> events) {
    public Settlement {
        waiting = List.copyOf(waiting);
        dead = List.copyOf(dead);
        events = List.copyOf(events);
    }

    /**
     * Recipients that wait together.
     *
     * @param reason why they wait
     * @param inDoubt the account that may already have the message for these recipients
     */
    public record Waiting(
            Lane lane, Instant due, WaitReason reason, Optional<AccountId> inDoubt, List<RecipientState> recipients) {}
}
