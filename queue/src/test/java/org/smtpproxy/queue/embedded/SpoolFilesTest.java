package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.queue.IncomingContent;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smtpproxy.queue.Messages.ACME;
import static org.smtpproxy.queue.Messages.LANE;
import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.octets;

/** What is in the folder of a spool, and what happens when it isn't what it should be. */
@Timeout(120)
class SpoolFilesTest {
    private static final byte[] NEEDLE = "Needle-In-The-Haystack".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path folder;

    private final MasterKey key = MasterKey.generate();

    private EmbeddedSpool open() throws IOException {
        return EmbeddedSpool.open(options());
    }

    private SpoolOptions options() {
        return SpoolOptions.at(folder, key).withMinimumFreeBytes(0);
    }

    private static LeasedPart claim(EmbeddedSpool spool) throws InterruptedException {
        List<LeasedPart> parts = spool.claim(1, Long.MAX_VALUE, lane -> true);
        while (parts.isEmpty()) {
            spool.awaitDue(Instant.now().plusSeconds(5));
            parts = spool.claim(1, Long.MAX_VALUE, lane -> true);
        }
        return parts.getFirst();
    }

    @Test
    void neitherContentNorAddressesAreReadableOnDisk() throws Exception {
        try (EmbeddedSpool spool = open()) {
            byte[] large = octets(400_000, 1);
            System.arraycopy(NEEDLE, 0, large, 100_000, NEEDLE.length);
            for (byte[] content : List.of(NEEDLE, large)) {
                spool.enqueue(arrived(spool, LANE, Instant.now(), content, "Needle-In-The-Haystack@x.example"))
                        .join();
            }
        }
        List<Path> files = files(folder);
        assertThat(files).hasSizeGreaterThan(5);
        for (Path file : files) {
            String octets = Files.readString(file, StandardCharsets.ISO_8859_1);
            assertThat(octets.contains("Needle-In-The-Haystack"))
                    .as(file.toString())
                    .isFalse();
            assertThat(octets.contains("app@acme.example")).as(file.toString()).isFalse();
        }
    }

    @Test
    void anotherMasterKeyIsRefused() throws Exception {
        open().close();
        MasterKey other = MasterKey.generate();
        assertThatThrownBy(() -> EmbeddedSpool.open(SpoolOptions.at(folder, other)))
                .isInstanceOf(QueueUnavailableException.class)
                .hasMessageContaining("another master key")
                .hasMessageContaining(key.fingerprint());
        open().close();
    }

    @Test
    void aNewerFormatIsRefused() throws Exception {
        open().close();
        Store store = new Store(folder.resolve("db"));
        store.open(SpoolOptions.Recovery.CUT_OFF_TAIL);
        try (Batch batch = new Batch(store)) {
            batch.overwrite(
                    "format".getBytes(StandardCharsets.US_ASCII),
                    new Encoder(8).fixed(SpoolFormat.CURRENT + 1).toBytes());
            batch.write();
        }
        store.close();
        assertThatThrownBy(this::open)
                .isInstanceOf(QueueUnavailableException.class)
                .hasMessageContaining("newer version");
    }

    @Test
    void aSpoolInUseIsRefused() throws Exception {
        try (EmbeddedSpool first = open()) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(QueueUnavailableException.class)
                    .hasMessageContaining("used by another");
            assertThat(first.claim(1, 1, lane -> true)).isEmpty();
        }
    }

    @Test
    void filesThatNoMessageRefersToAreRemoved() throws Exception {
        MessageId kept;
        try (EmbeddedSpool spool = open()) {
            NewMessage message = arrived(spool, LANE, Instant.now(), octets(300_000, 1), "a@x.example");
            kept = message.id();
            spool.enqueue(message).join();
            // A message whose client is gone with the process.
            IncomingContent cutOff = spool.receive(ACME, MessageId.next(Instant.now()));
            cutOff.write(octets(300_000, 2), 0, 300_000);
            assertThat(files(folder.resolve("bodies"))).hasSize(2);
        }
        try (EmbeddedSpool spool = open()) {
            while (files(folder.resolve("bodies")).size() > 1) {
                spool.awaitDue(Instant.now().plusMillis(20));
            }
        }
        assertThat(files(folder.resolve("bodies")))
                .extracting(file -> file.getFileName().toString())
                .containsExactly(kept.toString());
    }

    @Test
    void aFinishedMessagesFileIsRemoved() throws Exception {
        try (EmbeddedSpool spool = open()) {
            spool.enqueue(arrived(spool, LANE, Instant.now(), octets(300_000, 1), "a@x.example"))
                    .join();
            spool.settle(Messages.finished(claim(spool), Instant.now())).join();
        }
        assertThat(files(folder.resolve("bodies"))).isEmpty();
    }

    @Test
    void aDamagedBodyIsNoticedByItsReader() throws Exception {
        try (EmbeddedSpool spool = open()) {
            spool.enqueue(arrived(spool, LANE, Instant.now(), octets(400_000, 1), "a@x.example"))
                    .join();
        }
        Path body = files(folder.resolve("bodies")).getFirst();
        byte[] octets = Files.readAllBytes(body);
        octets[200_000] ^= 1;
        Files.write(body, octets);
        try (EmbeddedSpool spool = open()) {
            LeasedPart part = claim(spool);
            try (InputStream content = part.content().open()) {
                assertThatThrownBy(content::readAllBytes).isInstanceOf(DamagedException.class);
            }
        }
    }

    @Test
    void whatIsReservedIsGivenBack() throws Exception {
        try (EmbeddedSpool spool = open()) {
            for (int size : new int[] {0, 1, 5_000, 65_536, 200_000, 262_144, 500_000}) {
                spool.receive(ACME, MessageId.next(Instant.now())).close();
                IncomingContent abandoned = spool.receive(ACME, MessageId.next(Instant.now()));
                abandoned.write(octets(size, 1), 0, size);
                abandoned.close();
                assertThat(spool.contentMemoryUsed()).as("abandoned " + size).isZero();
                spool.enqueue(arrived(spool, LANE, Instant.now(), octets(size, 1), "a@x.example"))
                        .join();
                assertThat(spool.contentMemoryUsed()).isPositive();
                spool.settle(Messages.finished(claim(spool), Instant.now())).join();
                assertThat(spool.contentMemoryUsed()).as("finished " + size).isZero();
            }
        }
    }

    @Test
    void theContentBudgetIsKept() throws Exception {
        try (EmbeddedSpool spool = EmbeddedSpool.open(options().withContentMemory(300_000))) {
            Instant first = Instant.now().minusSeconds(1);
            for (int i = 0; i < 20; i++) {
                spool.enqueue(arrived(spool, LANE, first.plusMillis(i), octets(50_000, i), "a@x.example"))
                        .join();
                assertThat(spool.contentMemoryUsed()).isLessThanOrEqualTo(300_000);
            }
            List<IncomingContent> arriving = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                IncomingContent content = spool.receive(ACME, MessageId.next(Instant.now()));
                content.write(octets(100_000, i), 0, 100_000);
                arriving.add(content);
                assertThat(spool.contentMemoryUsed()).isLessThanOrEqualTo(300_000);
            }
            for (int i = 0; i < 10; i++) {
                assertThat(Messages.read(arriving.get(i).seal())).isEqualTo(octets(100_000, i));
                arriving.get(i).close();
            }
            for (int i = 0; i < 20; i++) {
                LeasedPart part = claim(spool);
                assertThat(Messages.read(part.content())).isEqualTo(octets(50_000, i));
                spool.settle(Messages.finished(part, Instant.now())).join();
            }
            assertThat(spool.contentMemoryUsed()).isZero();
        }
    }

    @Test
    void aDamagedLogIsRefusedUntilTheOperatorDecides() throws Exception {
        try (EmbeddedSpool spool = open()) {
            for (int i = 0; i < 200; i++) {
                spool.enqueue(arrived(spool, LANE, Instant.now(), octets(2_000, i), "a@x.example"))
                        .join();
            }
        }
        Path log = files(folder.resolve("db")).stream()
                .filter(file -> file.toString().endsWith(".log"))
                .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
                .orElseThrow();
        byte[] octets = Files.readAllBytes(log);
        octets[octets.length / 3] ^= 1;
        Files.write(log, octets);
        assertThatThrownBy(this::open)
                .isInstanceOf(QueueUnavailableException.class)
                .hasMessageContaining("point-in-time");
        try (EmbeddedSpool spool = EmbeddedSpool.open(options().withRecovery(SpoolOptions.Recovery.POINT_IN_TIME))) {
            assertThat(spool.recoveryLosses()).isNotEmpty();
            assertThat(Messages.read(claim(spool).content())).isEqualTo(octets(2_000, 0));
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Test
    void theStoreIsUsableAfterItWasOpenedTwice() throws RocksDBException, IOException {
        open().close();
        Store store = new Store(folder.resolve("db"));
        store.open(SpoolOptions.Recovery.CUT_OFF_TAIL);
        store.close();
        store.open(SpoolOptions.Recovery.CUT_OFF_TAIL);
        Optional<byte[]> format =
                store.read(open -> open.find(Family.META, "format".getBytes(StandardCharsets.US_ASCII)));
        assertThat(format).isPresent();
        store.close();
        assertThatThrownBy(() -> store.read(open -> open.backgroundErrors()))
                .isInstanceOf(QueueUnavailableException.class);
    }

    @Test
    void messagesThatArriveAtOnceDoNotTakeMoreMemoryThanThereIs() throws Exception {
        try (EmbeddedSpool spool = EmbeddedSpool.open(options().withContentMemory(0))) {
            List<IncomingContent> arriving = new ArrayList<>();
            Runnable oneMore = () -> {
                IncomingContent content = spool.receive(LANE.tenant(), MessageId.next(Instant.now()));
                arriving.add(content);
                content.write(octets(5_000, 1), 0, 5_000);
            };
            for (int i = 0; i < 16; i++) {
                oneMore.run();
            }
            assertThatExceptionOfType(QueueUnavailableException.class).isThrownBy(oneMore::run);
            arriving.forEach(IncomingContent::close);
            oneMore.run();
            arriving.forEach(IncomingContent::close);
        }
    }
}
