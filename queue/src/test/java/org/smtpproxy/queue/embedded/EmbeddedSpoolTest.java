package org.smtpproxy.queue.embedded;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.WaitReason;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smtpproxy.queue.Messages.LANE;
import static org.smtpproxy.queue.Messages.finished;
import static org.smtpproxy.queue.Messages.lane;
import static org.smtpproxy.queue.Messages.octets;

/** The contract, with memory enough for everything. */
class EmbeddedSpoolTest extends SpoolContract {
    @Test
    void aStepOfTheClockEndsNoLease() throws Exception {
        queue.close();
        EmbeddedSpool spool = EmbeddedSpool.open(options().withUptime(() -> 0));
        queue = spool;
        enqueue(LANE, "a@x.example");
        LeasedPart part = claimOne();
        clock.advance(Duration.ofDays(1));
        assertThat(queue.renew(List.of(part.lease()))).isEmpty();
        assertThat(queue.claim(10, BYTES, ALL)).isEmpty();
        queue.settle(finished(part, clock.instant())).join();
    }

    @Test
    void theOldestAgeIsRightToTenSeconds() {
        List<LeasedPart> parts = new ArrayList<>();
        List<Instant> accepted = new ArrayList<>();
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            clock.advance(Duration.ofMillis(random.nextInt(15_000)));
            accepted.add(clock.instant());
            enqueue(LANE, "a@x.example");
            parts.add(claimOne());
        }
        List<Integer> order = new ArrayList<>(IntStream.range(0, 60).boxed().toList());
        Collections.shuffle(order, random);
        Set<Instant> left = new TreeSet<>(accepted);
        for (int i : order) {
            Instant told = queue.summary().getFirst().oldest().get(WaitReason.FRESH);
            Instant oldest = left.iterator().next();
            assertThat(told).isBetween(oldest.minusSeconds(10), oldest);
            queue.settle(finished(parts.get(i), clock.instant())).join();
            left.remove(accepted.get(i));
        }
        assertThat(queue.summary()).isEmpty();
    }

    @Test
    void lanesShareByOctetsNotByMessages() {
        Lane big = lane("big", "relay-a");
        for (int i = 0; i < 10; i++) {
            enqueue(big, octets(200_000, i), "a@x.example");
        }
        for (int i = 0; i < 300; i++) {
            enqueue(LANE, octets(1_000, i), "a@x.example");
        }
        Map<Lane, Long> claimed = queue.claim(200, BYTES, ALL).stream()
                .collect(Collectors.groupingBy(LeasedPart::lane, Collectors.counting()));
        assertThat(claimed.get(big)).isBetween(1L, 4L);
    }
}
