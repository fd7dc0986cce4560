package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.queue.LaneSummary;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smtpproxy.queue.Messages.LANE;
import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.lane;
import static org.smtpproxy.queue.Messages.octets;

/** What can't be read stays where it is, and holds up nothing else. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedRowsTest {
    @TempDir
    Path folder;

    private final MasterKey key = MasterKey.generate();

    private SpoolOptions options() {
        // Without memory for content, every row is read back from disk.
        return SpoolOptions.at(folder, key).withMinimumFreeBytes(0).withContentMemory(0);
    }

    @Test
    void aDamagedBlockHoldsUpNobodyInItsLane() throws Exception {
        writeTables(LANE);
        damageTable("parts");
        try (EmbeddedSpool spool = EmbeddedSpool.open(options())) {
            MessageId behind = enqueue(spool, LANE);
            assertThat(claim(spool).message()).isEqualTo(behind);
            assertUnreadableIsOutOfTheWay(spool, LANE);
        }
    }

    @Test
    void aDamagedBlockTakesNoneWithItThatIsClaimedAtTheSameTime() throws Exception {
        writeTables(LANE);
        damageTable("parts");
        Lane other = lane("other", "relay-a");
        try (EmbeddedSpool spool = EmbeddedSpool.open(options())) {
            MessageId readable = enqueue(spool, other);
            List<LeasedPart> parts = new ArrayList<>();
            while (parts.isEmpty()) {
                parts.addAll(spool.claim(10, Long.MAX_VALUE, lane -> true));
                spool.awaitDue(Instant.now().plus(Duration.ofMillis(20)));
            }
            assertThat(parts).extracting(LeasedPart::message).containsExactly(readable);
        }
    }

    @Test
    void aDamagedTenantKeyHoldsUpNobody() throws Exception {
        writeTables(LANE);
        Store store = new Store(folder.resolve("db"));
        store.open(SpoolOptions.Recovery.CUT_OFF_TAIL);
        try (Batch batch = new Batch(store)) {
            batch.overwrite("tenant/acme".getBytes(StandardCharsets.US_ASCII), octets(60, 1));
            batch.write();
        }
        store.close();
        try (EmbeddedSpool spool = EmbeddedSpool.open(options())) {
            MessageId readable = enqueue(spool, lane("other", "relay-a"));
            assertThat(claim(spool).message()).isEqualTo(readable);
            assertUnreadableIsOutOfTheWay(spool, LANE);
        }
    }

    @Test
    void aChangeThatNeedsADamagedRowFailsAlone() throws Exception {
        MessageId damaged = writeTables(LANE);
        damageTable("messages");
        Store store = new Store(folder.resolve("db"));
        store.open(SpoolOptions.Recovery.CUT_OFF_TAIL);
        List<String> failures = new ArrayList<>();
        GroupCommit writer = new GroupCommit(store, new GroupCommit.Owner() {
            @Override
            public void tick() {}

            @Override
            public void failing(String reason) {
                failures.add(reason);
            }

            @Override
            public void reopen(List<Change> failed) throws IOException {
                throw new IOException("should not have been closed");
            }
        });
        writer.start();
        // While the writer is held up, what comes gathers into one batch.
        CountDownLatch gathered = new CountDownLatch(1);
        var unused = writer.submit(new Change(10) {
            @Override
            void addTo(Batch batch) {
                try {
                    gathered.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        });
        CompletableFuture<Void> before = writer.submit(new Note("before"));
        CompletableFuture<Void> failing = writer.submit(new Change(10) {
            @Override
            void addTo(Batch batch) throws RocksDBException {
                batch.messageRow(damaged);
            }
        });
        CompletableFuture<Void> behind = writer.submit(new Note("behind"));
        gathered.countDown();
        before.get(20, TimeUnit.SECONDS);
        behind.get(20, TimeUnit.SECONDS);
        assertThatThrownBy(failing::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(UnreadableException.class);
        writer.close();
        assertThat(failures).isEmpty();
        store.close();
    }

    private static final class Note extends Change {
        private final byte[] key;

        Note(String key) {
            super(10);
            this.key = key.getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        void addTo(Batch batch) throws RocksDBException {
            batch.overwrite(key, key);
        }
    }

    private static void assertUnreadableIsOutOfTheWay(EmbeddedSpool spool, Lane lane) throws InterruptedException {
        // Only its lease keeps a part from being claimed again and again.
        while (leased(spool, lane) == 0) {
            assertThat(spool.claim(1, Long.MAX_VALUE, any -> true)).isEmpty();
            spool.awaitDue(Instant.now().plus(Duration.ofMillis(20)));
        }
        assertThat(spool.claim(10, Long.MAX_VALUE, any -> true)).isEmpty();
        assertThat(leased(spool, lane)).isPositive();
        assertThat(spool.health()).isInstanceOf(QueueHealth.Healthy.class);
    }

    private static long leased(EmbeddedSpool spool, Lane lane) {
        return spool.summary().stream()
                .filter(summary -> summary.lane().equals(lane))
                .mapToLong(LaneSummary::leased)
                .sum();
    }

    private static MessageId enqueue(EmbeddedSpool spool, Lane lane) {
        NewMessage message = arrived(spool, lane, Instant.now(), octets(500, 1), "a@x.example");
        spool.enqueue(message).join();
        return message.id();
    }

    private static LeasedPart claim(EmbeddedSpool spool) throws InterruptedException {
        while (true) {
            List<LeasedPart> parts = spool.claim(1, Long.MAX_VALUE, lane -> true);
            if (!parts.isEmpty()) {
                return parts.getFirst();
            }
            spool.awaitDue(Instant.now().plus(Duration.ofMillis(20)));
        }
    }

    /** Leaves a message in the tables on disk: what the log has is written to them when the spool is opened again. */
    private MessageId writeTables(Lane lane) throws IOException {
        try (EmbeddedSpool spool = EmbeddedSpool.open(options())) {
            MessageId message = enqueue(spool, lane);
            spool.close();
            EmbeddedSpool.open(options()).close();
            return message;
        }
    }

    /** Changes an octet of the first row of a family's table. */
    private void damageTable(String family) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("db"))) {
            List<Path> tables = files.filter(file -> isTableOf(file, family)).toList();
            assertThat(tables).hasSize(1);
            byte[] octets = Files.readAllBytes(tables.getFirst());
            octets[20] ^= 1;
            Files.write(tables.getFirst(), octets);
        }
    }

    private static boolean isTableOf(Path file, String family) {
        try {
            // The properties of a table tell the name of its family.
            return file.toString().endsWith(".sst")
                    && Files.readString(file, StandardCharsets.ISO_8859_1).contains("name" + family);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
