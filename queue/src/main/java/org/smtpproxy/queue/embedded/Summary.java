package org.smtpproxy.queue.embedded;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.smtpproxy.mail.Lane;
import org.smtpproxy.queue.LaneSummary;
import org.smtpproxy.queue.WaitReason;

/** Puts together what waits and what is leased, lane by lane. */
final class Summary {
    private Summary() {}

    static List<LaneSummary> of(QueueDepth depth, Schedule schedule) {
        Map<Lane, List<Claimed>> leased = new HashMap<>();
        for (Claimed claimed : schedule.leased()) {
            leased.computeIfAbsent(claimed.part().lane(), lane -> new ArrayList<>())
                    .add(claimed);
        }
        Map<Lane, Long> dues = schedule.firstDues();
        List<LaneSummary> lanes = new ArrayList<>();
        depth.byLane().forEach((lane, counts) -> {
            List<Claimed> mine = leased.getOrDefault(lane, List.of());
            Map<WaitReason, Long> waiting = new EnumMap<>(WaitReason.class);
            waiting.putAll(counts.parts());
            long due = dues.getOrDefault(lane, Long.MAX_VALUE);
            for (Claimed claimed : mine) {
                waiting.computeIfPresent(claimed.part().reason(), (reason, count) -> count > 1 ? count - 1 : null);
                due = Math.min(due, claimed.part().due());
            }
            lanes.add(new LaneSummary(lane, waiting, mine.size(), counts.oldest(), Instant.ofEpochMilli(due)));
        });
        return lanes;
    }
}
