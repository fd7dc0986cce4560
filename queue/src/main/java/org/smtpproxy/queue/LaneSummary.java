package org.smtpproxy.queue;

import java.time.Instant;
import java.util.Map;

import org.smtpproxy.mail.Lane;

/**
 * What waits in a lane.
 *
 * @param waiting parts by the reason they wait
 * @param leased parts being delivered
 * @param oldest when the oldest message was accepted, by the reason it waits, or waited before it was leased; a queue
 *     may tell of up to ten seconds earlier
 * @param nextDue when the first part is, or was, due
 */
public record LaneSummary(
        Lane lane, Map<WaitReason, Long> waiting, long leased, Map<WaitReason, Instant> oldest, Instant nextDue) {
    public LaneSummary {
        waiting = Map.copyOf(waiting);
        oldest = Map.copyOf(oldest);
    }
}
