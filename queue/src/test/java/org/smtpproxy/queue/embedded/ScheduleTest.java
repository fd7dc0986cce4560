package org.smtpproxy.queue.embedded;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.StaleLeaseException;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smtpproxy.queue.Messages.LANE;

class ScheduleTest {
    private final Schedule schedule =
            new Schedule(SpoolOptions.at(Path.of("unused"), MasterKey.generate()), (window, from, count) -> {});

    @Test
    void anOutcomeIsNotTriedAgainBeforeTheDiskToldWhetherItIsThere() {
        schedule.restart(List.of());
        schedule.add(
                new WaitingPart(LANE, 0, new PartId(MessageId.next(Instant.now()), 0), WaitReason.FRESH, 0, 1, null));
        Claimed claimed = schedule.claim(1, Long.MAX_VALUE, lane -> true).getFirst();
        assertThat(schedule.beginSettle(claimed.lease())).isSameAs(claimed);
        schedule.pause();
        schedule.failSettle(claimed);
        assertThatThrownBy(() -> schedule.beginSettle(claimed.lease())).isInstanceOf(QueueUnavailableException.class);
        schedule.dropLease(claimed);
        schedule.restart(List.of());
        assertThatThrownBy(() -> schedule.beginSettle(claimed.lease())).isInstanceOf(StaleLeaseException.class);
    }
}
