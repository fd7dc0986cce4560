package org.smtpproxy.app.node;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.smtpproxy.queue.LaneSummary;
import org.smtpproxy.queue.MessageQueue;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.queue.embedded.EmbeddedSpool;
import org.smtpproxy.relay.dispatch.Dispatcher;

/** The meters of queue and deliveries, read when they are scraped. */
final class NodeMetrics {
    private static final String PARTS = "smtp_proxy_queue_parts";
    private static final String PARTS_MEANING = "Parts in the queue, by why they wait, or being delivered";

    private static final String OLDEST = "smtp_proxy_queue_oldest_age_seconds";
    private static final Duration[] COMMITS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofSeconds(1)
    };

    private NodeMetrics() {}

    static void register(MeterRegistry registry, EmbeddedSpool queue, Dispatcher dispatcher, Path spool) {
        for (WaitReason reason : WaitReason.values()) {
            gauge(PARTS, PARTS_MEANING, () -> waiting(queue, reason))
                    .tag("state", reason.word())
                    .register(registry);
            gauge(OLDEST, "Age of the oldest message that waits, by why it waits", () -> oldestAge(queue, reason))
                    .tag("state", reason.word())
                    .register(registry);
        }
        gauge(
                        PARTS,
                        PARTS_MEANING,
                        () -> queue.summary().stream()
                                .mapToLong(LaneSummary::leased)
                                .sum())
                .tag("state", "delivering")
                .register(registry);
        gauge("smtp_proxy_deliveries", "Deliveries under way", dispatcher::running)
                .register(registry);
        gauge("smtp_proxy_spool_healthy", "1 when the spool takes mail", () -> switch (queue.health()) {
                    case QueueHealth.Healthy healthy -> 1;
                    case QueueHealth.Strained strained -> 1;
                    case QueueHealth.Failing failing -> 0;
                })
                .register(registry);
        gauge(
                        "smtp_proxy_spool_free_bytes",
                        "Free space on the spool's disk",
                        () -> spool.toFile().getUsableSpace())
                .register(registry);
        gauge("smtp_proxy_spool_bytes", "Size of the spool's files", () -> size(spool))
                .register(registry);
        Timer commits = Timer.builder("smtp_proxy_spool_commit_seconds")
                .description("One write and sync of the spool, for all messages that waited for it")
                .publishPercentileHistogram(false)
                .serviceLevelObjectives(COMMITS)
                .register(registry);
        queue.onCommit(nanos -> commits.record(nanos, TimeUnit.NANOSECONDS));
    }

    private static Gauge.Builder<Supplier<Number>> gauge(String name, String meaning, Supplier<Number> value) {
        return Gauge.builder(name, value).description(meaning);
    }

    private static long waiting(MessageQueue queue, WaitReason reason) {
        return queue.summary().stream()
                .mapToLong(lane -> lane.waiting().getOrDefault(reason, 0L))
                .sum();
    }

    /** Files come and go meanwhile: what can't be read isn't counted. */
    private static long size(Path folder) {
        long[] size = {0};
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    size[0] += attributes.size();
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException gone) {
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException unreadable) {
            return size[0];
        }
        return size[0];
    }

    private static double oldestAge(MessageQueue queue, WaitReason reason) {
        Instant now = Clock.systemUTC().instant();
        return queue.summary().stream()
                .flatMap(lane -> Optional.ofNullable(lane.oldest().get(reason)).stream())
                .min(Instant::compareTo)
                .map(oldest -> Duration.between(oldest, now).toMillis() / 1000.0)
                .orElse(0.0);
    }
}
