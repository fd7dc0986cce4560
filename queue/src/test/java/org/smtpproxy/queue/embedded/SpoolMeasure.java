package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import com.sun.management.OperatingSystemMXBean;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.finished;
import static org.smtpproxy.queue.Messages.lane;
import static org.smtpproxy.queue.Messages.octets;

/**
 * Measures the spool; not a test. {@code enqueue FOLDER SIZE COUNT}, {@code through FOLDER SIZE COUNT} (enqueue, claim,
 * read, settle), {@code fill FOLDER SIZE COUNT} (ends without closing, as a kill does), {@code reopen FOLDER}.
 */
final class SpoolMeasure {
    private static final int CALLERS = 50;
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final EmbeddedSpool spool;

    private SpoolMeasure(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path keyFile = folder.resolve("master.key");
        if (!Files.exists(keyFile)) {
            MasterKey.generate().write(keyFile);
        }
        long start = System.nanoTime();
        spool = EmbeddedSpool.open(SpoolOptions.at(folder.resolve("spool"), MasterKey.read(keyFile))
                .withMinimumFreeBytes(0));
        print("open: %.0f ms", (System.nanoTime() - start) / 1e6);
    }

    public static void main(String[] args) throws Exception {
        SpoolMeasure measure = new SpoolMeasure(Path.of(args[1]));
        switch (args[0]) {
            case "enqueue" -> measure.enqueue(Integer.parseInt(args[2]), Integer.parseInt(args[3]), 1);
            case "through" -> measure.through(Integer.parseInt(args[2]), Integer.parseInt(args[3]));
            case "fill" -> {
                measure.enqueue(Integer.parseInt(args[2]), Integer.parseInt(args[3]), 100);
                measure.memory();
                Runtime.getRuntime().halt(9);
            }
            case "reopen" -> measure.reopened();
            default -> throw new IllegalArgumentException(args[0]);
        }
        measure.spool.close();
    }

    private void enqueue(int size, int count, int lanes) throws InterruptedException {
        byte[] content = octets(size, 1);
        for (int warm = 0; warm < 2; warm++) {
            run(content, warm == 0 ? Math.min(count, 20_000) : count, lanes);
        }
    }

    private void run(byte[] content, int count, int lanes) throws InterruptedException {
        long[] latencies = new long[count];
        AtomicInteger next = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(CALLERS);
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        for (int caller = 0; caller < CALLERS; caller++) {
            Thread.startVirtualThread(() -> {
                for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                    Lane lane = lane("tenant-" + i % lanes, "relay");
                    NewMessage message = arrived(spool, lane, Instant.now(), content, "a@x.example");
                    long sent = System.nanoTime();
                    spool.enqueue(message).join();
                    latencies[i] = System.nanoTime() - sent;
                }
                done.countDown();
            });
        }
        done.await();
        report("enqueue " + content.length, count, start, cpu);
        Arrays.sort(latencies);
        print(
                "  latency p50 %.1f ms  p99 %.1f ms  max %.1f ms",
                latencies[count / 2] / 1e6, latencies[count / 100 * 99] / 1e6, latencies[count - 1] / 1e6);
    }

    private void through(int size, int count) throws Exception {
        byte[] content = octets(size, 1);
        throughOnce(content, Math.min(count, 20_000));
        throughOnce(content, count);
        memory();
    }

    private void throughOnce(byte[] content, int count) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        AtomicLong settled = new AtomicLong();
        Semaphore deliveries = new Semaphore(100);
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        for (int caller = 0; caller < CALLERS; caller++) {
            Thread.startVirtualThread(() -> {
                while (next.getAndIncrement() < count) {
                    spool.enqueue(arrived(spool, Messages.LANE, Instant.now(), content, "a@x.example"))
                            .join();
                }
            });
        }
        CountDownLatch done = new CountDownLatch(count);
        while (settled.get() < count && done.getCount() > 0) {
            deliveries.acquire();
            int more = deliveries.drainPermits() + 1;
            List<LeasedPart> parts = new ArrayList<>(spool.claim(more, Long.MAX_VALUE, lane -> true));
            deliveries.release(more - parts.size());
            for (LeasedPart part : parts) {
                Thread.startVirtualThread(() -> {
                    spool.attempting(part.lease(), part.lane().account());
                    Messages.read(part.content());
                    spool.settle(finished(part, Instant.now())).join();
                    deliveries.release();
                    settled.incrementAndGet();
                    done.countDown();
                });
            }
            if (parts.isEmpty()) {
                spool.awaitDue(Instant.now().plusMillis(50));
            }
        }
        report("enqueue, claim, read, settle " + content.length, count, start, cpu);
    }

    private void reopened() throws Exception {
        long start = System.nanoTime();
        List<LeasedPart> parts = spool.claim(100, Long.MAX_VALUE, lane -> true);
        while (parts.isEmpty()) {
            spool.awaitDue(Instant.now().plusMillis(100));
            parts = spool.claim(100, Long.MAX_VALUE, lane -> true);
        }
        print("first %d parts: %.0f ms", parts.size(), (System.nanoTime() - start) / 1e6);
        long waiting = spool.summary().stream()
                .flatMap(lane -> lane.waiting().values().stream())
                .mapToLong(Long::longValue)
                .sum();
        print("%d parts counted: %.0f ms", waiting, (System.nanoTime() - start) / 1e6);
        memory();
        start = System.nanoTime();
        long cpu = SYSTEM.getProcessCpuTime();
        int settled = 0;
        while (settled < 50_000 && !parts.isEmpty()) {
            List<CompletableFuture<Void>> written = new ArrayList<>();
            for (LeasedPart part : parts) {
                Messages.read(part.content());
                written.add(spool.settle(finished(part, Instant.now())));
            }
            written.forEach(CompletableFuture::join);
            settled += parts.size();
            parts = spool.claim(100, Long.MAX_VALUE, lane -> true);
            while (parts.isEmpty()) {
                spool.awaitDue(Instant.now().plusMillis(100));
                parts = spool.claim(100, Long.MAX_VALUE, lane -> true);
            }
        }
        report("claim, read from disk, settle", settled, start, cpu);
        memory();
    }

    private void memory() throws IOException {
        Runtime java = Runtime.getRuntime();
        String status = Files.readString(Path.of("/proc/self/status"));
        String resident = status.lines()
                .filter(line -> line.startsWith("VmRSS") || line.startsWith("VmHWM"))
                .map(line -> line.replaceAll("\\s+", " "))
                .toList()
                .toString();
        print("memory: %s, heap used %d MB", resident, (java.totalMemory() - java.freeMemory()) >> 20);
    }

    private static void report(String what, int count, long start, long cpu) {
        double seconds = (System.nanoTime() - start) / 1e9;
        double micros = (SYSTEM.getProcessCpuTime() - cpu) / 1e3 / count;
        print("%s: %,.0f/s, %.1f CPU-us each", what, count / seconds, micros);
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
