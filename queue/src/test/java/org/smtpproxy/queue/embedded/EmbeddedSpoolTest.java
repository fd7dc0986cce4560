package org.smtpproxy.queue.embedded;

import java.util.Map;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.queue.LeasedPart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smtpproxy.queue.Messages.LANE;
import static org.smtpproxy.queue.Messages.lane;
import static org.smtpproxy.queue.Messages.octets;

/** The contract, with memory enough for everything. */
class EmbeddedSpoolTest extends SpoolContract {
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
