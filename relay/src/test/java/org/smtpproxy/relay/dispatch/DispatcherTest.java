package org.smtpproxy.relay.dispatch;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.EventLog;
import org.smtpproxy.queue.IncomingContent;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.embedded.EmbeddedSpool;
import org.smtpproxy.queue.embedded.SpoolOptions;
import org.smtpproxy.queue.encryption.MasterKey;
import org.smtpproxy.relay.events.DeliveryLog;
import org.smtpproxy.relay.events.RelayMetrics;
import org.smtpproxy.relay.events.Reporting;
import org.smtpproxy.relay.outcome.OutcomeRecorder;
import org.smtpproxy.relay.outcome.Outcomes;
import org.smtpproxy.relay.provider.ProviderAccounts;
import org.smtpproxy.relay.provider.ProviderCatalogue;
import org.smtpproxy.relay.scripted.Script;
import org.smtpproxy.tenancy.CompileResult;
import org.smtpproxy.tenancy.Snapshot;
import org.smtpproxy.tenancy.TenantCompiler;
import org.smtpproxy.tenancy.state.ReadResult;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.StateReader;

import static org.assertj.core.api.Assertions.assertThat;

/** Deliveries from a real spool to accounts that answer as told: {@code first}, then {@code second}. */
@Timeout(60)
class DispatcherTest {
    private static final TenantId ACME = new TenantId("acme");
    private static final ProviderAnswer BUSY = Script.refused(Scope.RECIPIENT, Kind.TRANSIENT);
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final String name = UUID.randomUUID().toString();
    private final Script script = new Script(name);
    private EmbeddedSpool spool;
    private ProviderAccounts accounts;
    private Dispatcher dispatcher;

    @BeforeEach
    void start() throws Exception {
        spool = EmbeddedSpool.open(
                SpoolOptions.at(folder.resolve("spool"), MasterKey.generate()).withMinimumFreeBytes(0));
        Snapshot snapshot = snapshot();
        ProviderCatalogue catalogue = ProviderCatalogue.installed();
        accounts = new ProviderAccounts(() -> snapshot, catalogue, "test", folder, 10);
        Reporting reporting =
                new Reporting(new DeliveryLog(false), new RelayMetrics(new SimpleMeterRegistry()), Clock.systemUTC());
        Outcomes outcomes = new Outcomes(reporting.clock(), new Random(1));
        AttemptMaker attempts = new AttemptMaker(
                spool, () -> snapshot, accounts, new OutcomeRecorder(spool, outcomes, reporting), reporting, SOON);
        dispatcher = new Dispatcher(spool, accounts, attempts, new DispatchOptions(2, 10, SOON), reporting.clock());
        dispatcher.start();
    }

    @AfterEach
    void stop() throws Exception {
        dispatcher.drain(SOON);
        dispatcher.close();
        accounts.close();
        spool.close();
    }

    @Test
    void whatOneProviderTookIsRecordedBeforeAnotherIsAskedForTheRest() throws Exception {
        CountDownLatch recorded = new CountDownLatch(1);
        script.answer("first", (delivery, recipient) -> recipient.localPart().equals("one") ? Script.relayed() : BUSY);
        script.answer("second", (delivery, recipient) -> {
            await(recorded);
            return Script.relayed();
        });
        enqueue("one@x.example", "two@x.example");
        awaitEvents(2);
        assertThat(recipientsOf(DeliveryEvent.Type.RELAYED)).containsExactly("one@x.example");
        recorded.countDown();
        awaitEvents(3);
        assertThat(recipientsOf(DeliveryEvent.Type.RELAYED)).containsExactly("one@x.example", "two@x.example");
        assertThat(script.asked()).containsExactly("first one", "first two", "second two");
    }

    @Test
    void anAccountThatCannotBeOpenedIsPassedOver() throws Exception {
        script.cannotOpen("first");
        script.answer("second", Script.relayed());
        enqueue("one@x.example");
        awaitEvents(2);
        assertThat(script.asked()).containsExactly("second one");
    }

    @Test
    void aLaterAccountThatCannotBeOpenedDoesNotLoseAnOutcome() throws Exception {
        script.answer("first", Script.relayed());
        script.cannotOpen("second");
        enqueue("one@x.example");
        awaitEvents(2);
        assertThat(recipientsOf(DeliveryEvent.Type.RELAYED)).containsExactly("one@x.example");
        assertThat(spool.summary()).isEmpty();
    }

    @Test
    void anAdapterThatFailsAfterTheHandoverLeavesTheMessageInDoubtAtIt() throws Exception {
        script.answer("first", (delivery, recipient) -> {
            throw new IllegalStateException("a bug");
        });
        script.answer("second", Script.relayed());
        enqueue("one@x.example");
        awaitEvents(2);
        assertThat(recipientsOf(DeliveryEvent.Type.IN_DOUBT)).containsExactly("one@x.example");
        assertThat(script.asked()).containsExactly("first one");
    }

    private Snapshot snapshot() {
        String yaml = """
                tenants:
                  - id: acme
                    retry: {initial: 1h}
                    providers:
                      - {id: first, type: scripted, script: NAME}
                      - {id: second, type: scripted, script: NAME}
                    routes:
                      - {name: default, to: [first, second]}
                """.replace("NAME", name);
        ReadResult read = new StateReader().read(yaml, "state.yaml");
        TenantCompiler compiler = new TenantCompiler(
                ProviderCatalogue.installed(),
                reference -> {
                    throw new IllegalArgumentException(reference);
                },
                new byte[32]);
        return ((CompileResult.Compiled) compiler.compile(read, State.EMPTY, 1)).snapshot();
    }

    private void enqueue(String... recipients) {
        MessageId id = MessageId.next(Clock.systemUTC().instant());
        IncomingContent content = spool.receive(ACME, id);
        byte[] octets = "Subject: hi\r\n\r\nhi\r\n".getBytes(StandardCharsets.US_ASCII);
        content.write(octets, 0, octets.length);
        content.seal();
        List<EmailAddress> addresses =
                Arrays.stream(recipients).map(EmailAddress::parse).toList();
        DeliveryEvent accepted = new DeliveryEvent(
                DeliveryEvent.Type.ACCEPTED,
                Clock.systemUTC().instant(),
                ACME,
                id,
                "",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Duration.ZERO,
                Duration.ZERO,
                "session");
        spool.enqueue(new NewMessage(
                        id,
                        new Lane(ACME, AccountId.own(ACME, "first")),
                        new Envelope(Optional.empty(), addresses),
                        new Needs(false, false),
                        Clock.systemUTC().instant(),
                        "session",
                        content,
                        List.of(accepted)))
                .join();
    }

    private List<DeliveryEvent> events() {
        return spool.read(0, 100).stream().map(EventLog.Entry::event).toList();
    }

    private List<String> recipientsOf(DeliveryEvent.Type type) {
        return events().stream()
                .filter(event -> event.type() == type)
                .map(event -> event.recipient().orElseThrow().toString())
                .toList();
    }

    private void awaitEvents(int count) throws InterruptedException {
        long deadline = System.nanoTime() + SOON.toNanos();
        while (events().size() < count) {
            assertThat(System.nanoTime()).as("events: " + events()).isLessThan(deadline);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
