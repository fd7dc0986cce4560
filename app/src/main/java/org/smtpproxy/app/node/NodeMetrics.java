package org.smtpproxy.app.node;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.smtpproxy.queue.LaneSummary;
import org.smtpproxy.queue.MessageQueue;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.relay.dispatch.Dispatcher;

/** The meters of queue and deliveries, read when they are scraped. */
final class NodeMetrics {
    private static final String PARTS = "smtp_proxy_queue_parts";
    private static final String PARTS_MEANING = "Parts in the queue, by why they wait, or being delivered";

    private NodeMetrics() {}

    static void register(MeterRegistry registry, MessageQueue queue, Dispatcher dispatcher, Path spool) {
        for (WaitReason reason : WaitReason.values()) {
            gauge(PARTS, PARTS_MEANING, () -> waiting(queue, reason))
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
        gauge("smtp_proxy_queue_oldest_age_seconds", "Age of the oldest message that waits", () -> oldestAge(queue))
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
    }

    private static Gauge.Builder<Supplier<Number>> gauge(String name, String meaning, Supplier<Number> value) {
        return Gauge.builder(name, value).description(meaning);
    }

    private static long waiting(MessageQueue queue, WaitReason reason) {
        return queue.summary().stream()
                .mapToLong(lane -> lane.waiting().getOrDefault(reason, 0L))
                .sum();
    }

    private static double oldestAge(MessageQueue queue) {
        Instant now = Clock.systemUTC().instant();
        return queue.summary().stream()
                .map(LaneSummary::oldest)
                .min(Instant::compareTo)
                .map(oldest -> Duration.between(oldest, now).toMillis() / 1000.0)
                .orElse(0.0);
    }
}
