package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.embedded.SpoolOptions.Recovery;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smtpproxy.queue.Messages.LANE;
import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.octets;

/** A disk that fills up while the spool is used, and has room again: nothing promised is lost, no restart is needed. */
@Timeout(240)
class FullDiskTest {
    private static final int MEGABYTE = 1024 * 1024;

    @TempDir
    Path folder;

    private Path disk;
    private final MasterKey key = MasterKey.generate();
    private final Map<MessageId, Integer> stored = new HashMap<>();

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectory(folder.resolve("disk"));
        Process mount = new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", disk.toString())
                .redirectErrorStream(true)
                .start();
        Assumptions.assumeTrue(mount.waitFor() == 0, "only root can mount a small disk");
    }

    @AfterEach
    void unmount() throws Exception {
        new ProcessBuilder("umount", "-l", disk.toString()).start().waitFor();
    }

    private SpoolOptions options() {
        return SpoolOptions.at(disk.resolve("spool"), key)
                .withContentMemory(100_000)
                .withWindow(50, 100);
    }

    @Test
    void aLowDiskIsRefusedBeforeItIsFull() throws Exception {
        try (EmbeddedSpool spool = EmbeddedSpool.open(options().withMinimumFreeBytes(100 * MEGABYTE))) {
            enqueue(spool, 1);
            enqueue(spool, 2);
            fill(80 * MEGABYTE);
            awaitFailing(spool);
            assertThatThrownBy(() -> enqueue(spool, 3))
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(QueueUnavailableException.class)
                    .hasMessageContaining("disk of the spool is low");
            // Outcomes are recorded meanwhile: that makes room.
            LeasedPart part = spool.claim(1, Long.MAX_VALUE, lane -> true).getFirst();
            spool.settle(Messages.finished(part, Instant.now())).join();
            stored.remove(part.message());
            makeRoom();
            awaitHealthy(spool);
            enqueue(spool, 4);
            assertAllThere(spool, Map.of());
        }
    }

    @Test
    void afterAFullDiskTheSpoolGoesOnByItself() throws Exception {
        try (EmbeddedSpool spool = EmbeddedSpool.open(options().withMinimumFreeBytes(0))) {
            for (int i = 0; i < 50; i++) {
                enqueue(spool, i);
            }
            Map<PartId, LeasedPart> leased = new HashMap<>();
            while (leased.size() < 10) {
                spool.claim(10 - leased.size(), Long.MAX_VALUE, lane -> true)
                        .forEach(part -> leased.put(part.lease().part(), part));
            }
            fill(0);
            int failures = 0;
            for (int i = 50; failures < 3; i++) {
                try {
                    enqueue(spool, i);
                } catch (CompletionException | QueueUnavailableException e) {
                    failures++;
                }
            }
            awaitFailing(spool);
            assertThat(spool.claim(10, Long.MAX_VALUE, lane -> true)).isEmpty();
            makeRoom();
            awaitHealthy(spool);
            enqueue(spool, 1_000_000);
            LeasedPart first = leased.values().iterator().next();
            spool.settle(Messages.finished(first, Instant.now())).join();
            leased.remove(first.lease().part());
            stored.remove(first.message());
            assertAllThere(spool, leased);
        }
        try (EmbeddedSpool spool = EmbeddedSpool.open(options().withMinimumFreeBytes(0))) {
            assertThat(stored).isNotEmpty();
            assertAllThere(spool, Map.of());
        }
    }

    @Test
    void aWriteThatFailedIsNotTakenForDone() throws Exception {
        Store store = new Store(disk.resolve("db"));
        Store.loadLibrary();
        Files.createDirectories(disk);
        store.open(Recovery.CUT_OFF_TAIL);
        fill(0);
        byte[] row = octets(MEGABYTE, 1);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 400; i++) {
                        try (Batch batch = new Batch(store)) {
                            batch.put(Family.CONTENT, new byte[] {(byte) i, (byte) (i >> 8)}, row);
                            batch.write();
                        }
                    }
                })
                .hasMessageContaining("No space left");
        makeRoom();
        store.close();
        store.open(Recovery.CUT_OFF_TAIL);
        assertThat(store.read(Store::backgroundErrors).longValue()).isZero();
        store.close();
    }

    private void enqueue(EmbeddedSpool spool, int number) {
        // Every tenth is large enough for a file of its own.
        int size = number % 10 == 3 ? 400_000 : 100_000;
        NewMessage message = arrived(spool, LANE, Instant.now(), octets(size, number), number + "@x.example");
        try {
            spool.enqueue(message).join();
            stored.put(message.id(), number);
        } finally {
            message.content().close();
        }
    }

    /** Every stored message is leased already or can be claimed, whole; of what failed, only whole messages appear. */
    private void assertAllThere(EmbeddedSpool spool, Map<PartId, LeasedPart> leased) throws Exception {
        Set<MessageId> seen = new HashSet<>();
        leased.values().forEach(part -> seen.add(part.message()));
        while (!seen.containsAll(stored.keySet())) {
            for (LeasedPart part : spool.claim(10, Long.MAX_VALUE, lane -> true)) {
                assertThat(seen.add(part.message())).isTrue();
                int number =
                        Integer.parseInt(part.recipients().getFirst().address().localPart());
                byte[] content = Messages.read(part.content());
                assertThat(content).isEqualTo(octets(content.length, number));
            }
            spool.awaitDue(Instant.now().plusMillis(50));
        }
    }

    private static void awaitFailing(EmbeddedSpool spool) throws InterruptedException {
        while (!(spool.health() instanceof QueueHealth.Failing)) {
            Thread.sleep(10);
        }
    }

    private static void awaitHealthy(EmbeddedSpool spool) throws InterruptedException {
        while (!(spool.health() instanceof QueueHealth.Healthy)) {
            Thread.sleep(10);
        }
    }

    /** Leaves so much of the disk. */
    private void fill(long free) throws IOException {
        ByteBuffer octets = ByteBuffer.allocate(MEGABYTE);
        try (FileChannel ballast =
                FileChannel.open(disk.resolve("ballast"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (disk.toFile().getUsableSpace() > free) {
                octets.limit((int) Math.min(MEGABYTE, disk.toFile().getUsableSpace() - free));
                octets.position(0);
                ballast.write(octets);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private void makeRoom() throws IOException {
        Files.delete(disk.resolve("ballast"));
    }
}
