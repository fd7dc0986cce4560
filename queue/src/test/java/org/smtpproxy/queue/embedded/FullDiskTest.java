package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.Settlement;
import org.smtpproxy.queue.Settlement.Waiting;
import org.smtpproxy.queue.StaleLeaseException;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.queue.encryption.MasterKey;
import org.smtpproxy.testkit.fault.SmallDisk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.smtpproxy.queue.Messages.LANE;
import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.octets;

/** A disk that fills up while the spool is used, and has room again: nothing promised is lost, no restart is needed. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FullDiskTest {
    private static final long MEGABYTE = 1024 * 1024;
    private static final int SMALL = 100_000;
    private static final int LARGE = 400_000;

    @TempDir
    Path folder;

    private SmallDisk disk;
    private final MasterKey key = MasterKey.generate();
    private final Map<MessageId, Integer> accepted = new HashMap<>();
    private int numbers;

    @BeforeEach
    void mount() throws Exception {
        Optional<SmallDisk> mounted = SmallDisk.mount(folder.resolve("disk"), 160 * MEGABYTE);
        assumeTrue(mounted.isPresent(), "a tmpfs can't be mounted here");
        disk = mounted.orElseThrow();
    }

    @AfterEach
    void unmount() {
        disk.close();
    }

    private SpoolOptions options() {
        return SpoolOptions.at(disk.folder().resolve("spool"), key)
                .withContentMemory(200_000)
                .withWindow(20, 40)
                .withMinimumFreeBytes(0);
    }

    @Test
    void everythingAcceptedOutlivesAFullDisk() throws Exception {
        try (EmbeddedSpool spool = EmbeddedSpool.open(options())) {
            for (int i = 0; i < 20; i++) {
                assertThat(accepts(spool, i % 5 == 0 ? LARGE : SMALL)).isTrue();
            }
            LeasedPart leased = claim(spool);
            fillUntilItFails(spool, () -> accepts(spool, SMALL));
            assertThat(spool.health()).isInstanceOf(QueueHealth.Failing.class);
            assertThat(spool.claim(10, Long.MAX_VALUE, lane -> true)).isEmpty();
            assertThat(accepts(spool, LARGE)).isFalse();

            Files.delete(rest());
            awaitHealthy(spool);
            assertThat(accepts(spool, SMALL)).isTrue();
            assertThat(accepts(spool, LARGE)).isTrue();
            settleUntilRecorded(spool, leased);
            assertAllClaimable(spool);
        }
        try (EmbeddedSpool spool = EmbeddedSpool.open(options())) {
            assertAllClaimable(spool);
        }
    }

    @Test
    void aBodyThatDoesNotFitIsToldAndDeliveriesGoOn() throws Exception {
        try (EmbeddedSpool spool = EmbeddedSpool.open(options())) {
            assertThat(accepts(spool, SMALL)).isTrue();
            assertThat(accepts(spool, LARGE)).isTrue();
            disk.fill(0);
            assertThat(accepts(spool, LARGE)).isFalse();
            assertThat(spool.health())
                    .isInstanceOfSatisfying(
                            QueueHealth.Failing.class,
                            failing -> assertThat(failing.reason())
                                    .contains("large content can't be written", "No space left"));
            assertThat(accepts(spool, SMALL)).as("intake is refused").isFalse();
            // The log was allocated ahead, so that outcomes can be recorded.
            settleUntilRecorded(spool, claim(spool));
            assertThat(spool.health()).isInstanceOf(QueueHealth.Failing.class);

            disk.relieve();
            awaitHealthy(spool);
            assertThat(accepts(spool, LARGE)).isTrue();
            assertAllClaimable(spool);
        }
    }

    @Test
    void deliveriesResumeWhileTheDiskIsStillLow() throws Exception {
        try (EmbeddedSpool spool = EmbeddedSpool.open(options().withMinimumFreeBytes(90 * MEGABYTE))) {
            for (int i = 0; i < 5; i++) {
                assertThat(accepts(spool, SMALL)).isTrue();
            }
            List<LeasedPart> held = new ArrayList<>();
            disk.fill(20 * MEGABYTE);
            fillUntilItFails(spool, () -> {
                if (held.isEmpty()) {
                    held.addAll(spool.claim(1, Long.MAX_VALUE, lane -> true));
                } else if (defers(spool, held.getFirst())) {
                    held.removeFirst();
                }
            });
            Files.delete(rest());
            for (LeasedPart part : held) {
                settleUntilRecorded(spool, part);
            }
            settleUntilRecorded(spool, claim(spool));
            assertThat(spool.health())
                    .isInstanceOfSatisfying(
                            QueueHealth.Failing.class,
                            failing -> assertThat(failing.reason()).contains("disk of the spool is low"));
            assertThat(accepts(spool, SMALL)).isFalse();
            disk.relieve();
            awaitHealthy(spool);
            assertAllClaimable(spool);
        }
    }

    /** Fills the disk, and what the log of the spool gives back when it is closed, until it can't be opened again. */
    private void fillUntilItFails(EmbeddedSpool spool, Runnable use) throws IOException {
        while (!(spool.health() instanceof QueueHealth.Failing failing
                && failing.reason().contains("can't be opened again"))) {
            try (OutputStream file =
                    Files.newOutputStream(rest(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
                while (disk.free() > 0) {
                    file.write(new byte[(int) Math.min(MEGABYTE, disk.free())]);
                }
            } catch (IOException full) {
                assertThat(full).hasMessageContaining("No space left");
            }
            use.run();
        }
    }

    private Path rest() {
        return disk.folder().resolve("rest");
    }

    /** Submits a message; false when it was refused for now. */
    private boolean accepts(EmbeddedSpool spool, int size) {
        int number = numbers++;
        try {
            NewMessage message = arrived(spool, LANE, Instant.now(), octets(size, number), number + "@x.example");
            spool.enqueue(message).join();
            accepted.put(message.id(), number);
            return true;
        } catch (QueueUnavailableException refused) {
            return false;
        } catch (CompletionException failed) {
            assertThat(failed).hasCauseInstanceOf(QueueUnavailableException.class);
            return false;
        }
    }

    /** Records an outcome that takes much room; false when the spool can't. */
    private static boolean defers(EmbeddedSpool spool, LeasedPart part) {
        Reply reply = Reply.of(451, "4.3.0", "x".repeat(500_000));
        List<RecipientState> recipients = part.recipients().stream()
                .map(recipient -> new RecipientState(recipient.address(), 1, Optional.of(reply)))
                .toList();
        Waiting waiting = new Waiting(part.lane(), Instant.now(), WaitReason.TRANSIENT, Optional.empty(), recipients);
        try {
            spool.settle(new Settlement(part.lease(), List.of(waiting), List.of(), List.of()))
                    .join();
            return true;
        } catch (CompletionException failed) {
            assertThat(failed).hasCauseInstanceOf(QueueUnavailableException.class);
            return false;
        }
    }

    private void settleUntilRecorded(EmbeddedSpool spool, LeasedPart part) throws InterruptedException {
        while (true) {
            try {
                spool.settle(Messages.finished(part, Instant.now())).join();
                accepted.remove(part.message());
                return;
            } catch (CompletionException failed) {
                if (failed.getCause() instanceof StaleLeaseException) {
                    // What failed before is on disk after all.
                    return;
                }
                assertThat(failed).hasCauseInstanceOf(QueueUnavailableException.class);
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
    }

    private static LeasedPart claim(EmbeddedSpool spool) throws InterruptedException {
        while (true) {
            List<LeasedPart> parts = spool.claim(1, Long.MAX_VALUE, lane -> true);
            if (!parts.isEmpty()) {
                return parts.getFirst();
            }
            spool.awaitDue(Instant.now().plus(Duration.ofMillis(50)));
        }
    }

    /** What was accepted, and nothing else, can be claimed once and whole. */
    private void assertAllClaimable(EmbeddedSpool spool) throws Exception {
        Set<MessageId> seen = new HashSet<>();
        while (seen.size() < accepted.size()) {
            LeasedPart part = claim(spool);
            assertThat(seen.add(part.message())).isTrue();
            int number = Integer.parseInt(part.recipients().getFirst().address().localPart());
            assertThat(accepted).containsEntry(part.message(), number);
            byte[] content = Messages.read(part.content());
            assertThat(content).isEqualTo(octets(content.length, number));
            assertThat(content.length).isIn(SMALL, LARGE);
        }
        assertThat(spool.claim(10, Long.MAX_VALUE, lane -> true)).isEmpty();
    }

    private static void awaitHealthy(EmbeddedSpool spool) throws InterruptedException {
        while (!(spool.health() instanceof QueueHealth.Healthy)) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
