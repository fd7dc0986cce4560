package org.smtpproxy.queue.embedded;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.Settlement;
import org.smtpproxy.queue.Settlement.Waiting;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.lane;
import static org.smtpproxy.queue.Messages.octets;

/**
 * Workers that finish, defer, split, give back and lose parts at random while more arrive and hardly any fit into
 * memory: every recipient is finished once, and nothing is left of them.
 */
@Timeout(240)
class NoPartIsStuckTest {
    private static final int MESSAGES = 1_500;
    private static final int WORKERS = 8;
    private static final int RECIPIENTS = 3;

    @TempDir
    Path folder;

    private final Map<String, Integer> finished = new ConcurrentHashMap<>();
    private final CountDownLatch open = new CountDownLatch(MESSAGES * RECIPIENTS);
    private final AtomicInteger unexpected = new AtomicInteger();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 40})
    void everyRecipientIsFinishedOnce(int window) throws Exception {
        SpoolOptions options = SpoolOptions.at(folder, MasterKey.generate())
                .withMinimumFreeBytes(0)
                .withContentMemory(20_000)
                .withWindow(window, 3 * window)
                .withLease(Duration.ofMillis(400));
        try (EmbeddedSpool spool = EmbeddedSpool.open(options)) {
            Thread source = Thread.startVirtualThread(() -> enqueue(spool));
            List<Thread> workers = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                Random random = new Random(window * 100L + i);
                workers.add(Thread.startVirtualThread(() -> work(spool, random)));
            }
            open.await();
            source.join();
            for (Thread worker : workers) {
                worker.join();
            }
            finished.values().removeIf(times -> times == 1);
            assertThat(finished).as("finished more than once").isEmpty();
            assertThat(unexpected).hasValue(0);
            assertThat(spool.summary()).isEmpty();
            assertThat(spool.contentMemoryUsed()).isZero();
        }
        Store store = new Store(folder.resolve("db"));
        store.open(SpoolOptions.Recovery.CUT_OFF_TAIL);
        for (Family family : List.of(Family.MESSAGES, Family.CONTENT, Family.PARTS, Family.DUE)) {
            List<String> left = store.read(opened -> {
                List<String> keys = new ArrayList<>();
                opened.scan(
                        family, new byte[0], null, at -> keys.add(HexFormat.of().formatHex(at.key())));
                return keys;
            });
            assertThat(left).as(family.toString()).isEmpty();
        }
        store.close();
    }

    private void enqueue(EmbeddedSpool spool) {
        List<CompletableFuture<Void>> stored = new ArrayList<>();
        for (int i = 0; i < MESSAGES; i++) {
            NewMessage message = arrived(
                    spool, someLane(i), Instant.now(), octets(500, i), "a" + i + "@x", "b" + i + "@x", "c" + i + "@x");
            stored.add(spool.enqueue(message));
            if (i % 100 == 99) {
                stored.forEach(CompletableFuture::join);
            }
        }
    }

    private static Lane someLane(int number) {
        return lane("tenant-" + number % 4, "relay-" + number % 3);
    }

    private void work(EmbeddedSpool spool, Random random) {
        try {
            while (open.getCount() > 0) {
                for (LeasedPart part : spool.claim(1 + random.nextInt(4), Long.MAX_VALUE, lane -> true)) {
                    treat(spool, part, random);
                }
                spool.awaitDue(Instant.now().plusMillis(100));
            }
        } catch (Exception e) {
            unexpected.incrementAndGet();
            e.printStackTrace();
        }
    }

    private void treat(EmbeddedSpool spool, LeasedPart part, Random random) throws Exception {
        if (part.content().open().readAllBytes().length != 500) {
            unexpected.incrementAndGet();
        }
        int choice = random.nextInt(100);
        if (choice < 5) {
            spool.release(part.lease());
        } else if (choice == 5) {
            // Lost: its lease runs out.
            return;
        } else if (choice < 40) {
            settle(spool, part, deferred(part, random));
        } else {
            settle(spool, part, List.of());
        }
    }

    private static List<Waiting> deferred(LeasedPart part, Random random) {
        List<Waiting> groups = new ArrayList<>();
        List<List<RecipientState>> split = new ArrayList<>();
        for (int i = 0; i < RECIPIENTS; i++) {
            split.add(new ArrayList<>());
        }
        part.recipients()
                .forEach(recipient -> split.get(random.nextInt(RECIPIENTS)).add(recipient));
        for (List<RecipientState> recipients : split) {
            if (!recipients.isEmpty()) {
                Lane next = random.nextBoolean()
                        ? part.lane()
                        : lane(part.lane().tenant().value(), "relay-9");
                Instant due = Instant.now().plusMillis(random.nextInt(4) * 10L);
                groups.add(new Waiting(next, due, WaitReason.TRANSIENT, Optional.empty(), recipients));
            }
        }
        return groups;
    }

    private void settle(EmbeddedSpool spool, LeasedPart part, List<Waiting> waiting) {
        Settlement outcome = Messages.finished(part, Instant.now());
        var unused = spool.settle(new Settlement(part.lease(), waiting, List.of(), outcome.events()))
                .whenComplete((done, failure) -> {
                    if (failure == null && waiting.isEmpty()) {
                        part.recipients().forEach(recipient -> finish(recipient.address()));
                    }
                });
    }

    private void finish(EmailAddress recipient) {
        finished.merge(recipient.toString(), 1, Integer::sum);
        open.countDown();
    }
}
