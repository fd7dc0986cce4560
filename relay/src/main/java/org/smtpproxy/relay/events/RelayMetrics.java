package org.smtpproxy.relay.events;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.InDoubt;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Relayed;
import org.smtpproxy.relay.provider.Answered;
import org.smtpproxy.smtp.server.ServerObserver.Refusal;

/**
 * The meters of the data plane ({@code docs/observability.md}). Labels are bounded: provider accounts, reasons and types,
 * never tenants or addresses.
 */
public final class RelayMetrics {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        Duration.ofMinutes(5),
        Duration.ofHours(1)
    };

    private final MeterRegistry registry;
    private final AtomicInteger sessionsOpen = new AtomicInteger();
    private final Counter sessionsAccepted;
    private final Map<Refusal, Counter> sessionsRefused;
    private final Counter sessionsOverdue;
    private final Counter tlsFailures;
    private final Counter authFailures;
    private final Counter messagesAccepted;
    private final Counter messagesRejected;
    private final Timer endOfData;
    private final Timer queueToRelay;
    private final Map<AccountId, Map<DeliveryEvent.Type, Counter>> recipients = new ConcurrentHashMap<>();
    private final Map<AccountId, Map<String, Timer>> attempts = new ConcurrentHashMap<>();

    public RelayMetrics(MeterRegistry registry) {
        this.registry = registry;
        Gauge.builder("smtp_proxy_sessions_open", sessionsOpen, AtomicInteger::get)
                .description("SMTP connections that are open now")
                .register(registry);
        sessionsAccepted = counter("smtp_proxy_sessions_accepted", "SMTP connections that got a banner");
        sessionsRefused = Stream.of(Refusal.values())
                .collect(Collectors.toUnmodifiableMap(
                        reason -> reason,
                        reason -> Counter.builder("smtp_proxy_sessions_refused")
                                .description("SMTP connections refused before the banner")
                                .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                                .register(registry)));
        sessionsOverdue = counter("smtp_proxy_sessions_overdue", "Connections cut off because the client was too slow");
        tlsFailures = counter("smtp_proxy_tls_failures", "TLS handshakes that failed");
        authFailures = counter("smtp_proxy_auth_failures", "Logins that were refused");
        messagesAccepted = counter("smtp_proxy_messages_accepted", "Messages answered with 250: durable and ours");
        messagesRejected = counter("smtp_proxy_messages_rejected", "Messages refused after their content");
        endOfData = timer("smtp_proxy_end_of_data_seconds", "From the end of a message's data to its reply");
        queueToRelay = timer("smtp_proxy_queue_to_relay_seconds", "From acceptance to the provider's acceptance");
    }

    public void sessionOpened() {
        sessionsAccepted.increment();
        sessionsOpen.incrementAndGet();
    }

    public void sessionClosed() {
        sessionsOpen.decrementAndGet();
    }

    public void sessionRefused(Refusal reason) {
        Objects.requireNonNull(sessionsRefused.get(reason)).increment();
    }

    public void sessionOverdue() {
        sessionsOverdue.increment();
    }

    public void tlsFailed() {
        tlsFailures.increment();
    }

    public void authFailed() {
        authFailures.increment();
    }

    public void messageAccepted(Duration sinceEndOfData) {
        messagesAccepted.increment();
        endOfData.record(sinceEndOfData);
    }

    public void messageRejected() {
        messagesRejected.increment();
    }

    /** One candidate answered about one recipient. */
    public void answered(Answered answered) {
        attempts.computeIfAbsent(answered.account(), account -> new ConcurrentHashMap<>())
                .computeIfAbsent(
                        word(answered.answer()),
                        word -> Timer.builder("smtp_proxy_provider_answer_seconds")
                                .description("Answers of providers per recipient, and the time they took")
                                .tag("provider", answered.account().toString())
                                .tag("answer", word)
                                .serviceLevelObjectives(BUCKETS)
                                .register(registry))
                .record(answered.latency());
    }

    /** A recipient's new state is durable. */
    public void settled(DeliveryEvent event) {
        event.account()
                .ifPresent(account -> recipients
                        .computeIfAbsent(account, id -> new ConcurrentHashMap<>())
                        .computeIfAbsent(
                                event.type(),
                                type -> Counter.builder("smtp_proxy_recipients")
                                        .description("Recipients by what became of them")
                                        .tag("provider", account.toString())
                                        .tag("outcome", type.word())
                                        .register(registry))
                        .increment());
        if (event.type() == DeliveryEvent.Type.RELAYED) {
            queueToRelay.record(event.queued());
        }
    }

    private static String word(ProviderAnswer answer) {
        return switch (answer) {
            case Relayed relayed -> "relayed";
            case InDoubt inDoubt -> "in_doubt";
            case Refused refused -> refused.kind().word();
        };
    }

    private Counter counter(String name, String description) {
        return Counter.builder(name).description(description).register(registry);
    }

    private Timer timer(String name, String description) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(BUCKETS)
                .register(registry);
    }
}
