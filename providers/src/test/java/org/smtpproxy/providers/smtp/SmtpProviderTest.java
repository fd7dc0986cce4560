package org.smtpproxy.providers.smtp;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.InDoubt;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Relayed;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.testkit.sink.SinkFault;
import org.smtpproxy.testkit.sink.SinkMessage;
import org.smtpproxy.testkit.sink.SinkScript;
import org.smtpproxy.testkit.sink.SinkStep;
import org.smtpproxy.testkit.sink.SmtpSink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(60)
class SmtpProviderTest {
    private static final List<String> EXTENSIONS = List.of("PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "SIZE");

    @Test
    void relaysWithWhatTheServerOffers() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                Account account = Account.at(sink.port())) {
            Outgoing message = Outgoing.message()
                    .to("grün@example.net", "b@example.net")
                    .content("Subject: grün\r\n\r\n.hi\r\n")
                    .needing(true, true);

            List<ProviderAnswer> answers = account.deliver(message);

            assertThat(answers).allSatisfy(answer -> {
                Relayed relayed = (Relayed) answer;
                assertThat(relayed.providerMessageId()).hasValue("SINK-1");
                assertThat(relayed.reply().code()).isEqualTo(250);
            });
            assertThat(message.handovers()).isEqualTo(1);
            assertThat(sink.commands())
                    .containsExactly(
                            "EHLO client.example",
                            "MAIL FROM:<from@example.com> SIZE=23 BODY=8BITMIME SMTPUTF8",
                            "RCPT TO:<grün@example.net>",
                            "RCPT TO:<b@example.net>",
                            "BDAT 23 LAST");
            assertThat(sink.messages())
                    .singleElement()
                    .satisfies(got -> assertThat(got.text()).isEqualTo("Subject: grün\r\n\r\n.hi\r\n"));
        }
    }

    @Test
    void asksForNothingThatTheMessageDoesNotNeed() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript().without("SIZE").without("CHUNKING"));
                Account account = Account.at(sink.port())) {
            account.deliver(Outgoing.message());

            assertThat(sink.commands())
                    .containsExactly(
                            "EHLO client.example", "MAIL FROM:<from@example.com>", "RCPT TO:<to@example.net>", "DATA");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 65_535, 65_536, 65_537, 131_072, 300_001, 3_000_000})
    void everySizeArrivesOctetByOctetHoweverItIsSent(int size) throws InterruptedException {
        byte[] content = lines(size);
        for (String without : List.of("", "CHUNKING", "PIPELINING")) {
            try (SmtpSink sink = new SmtpSink(new SinkScript().without(without));
                    Account account = Account.at(sink.port())) {
                assertThat(account.answer(Outgoing.message().content(content))).isInstanceOf(Relayed.class);

                SinkMessage got = sink.awaitMessages(1).getFirst();
                assertThat(got.chunked()).isEqualTo(!without.equals("CHUNKING"));
                assertThat(got.content()).isEqualTo(size < 2 ? completed(content) : content);
            }
        }
    }

    @Test
    void aMissingLineEndAtTheEndIsAdded() throws InterruptedException {
        for (String without : List.of("", "CHUNKING")) {
            try (SmtpSink sink = new SmtpSink(new SinkScript().without(without));
                    Account account = Account.at(sink.port())) {
                account.deliver(Outgoing.message().content("x".repeat(70_000)));

                assertThat(sink.messages().getFirst().text()).isEqualTo("x".repeat(70_000) + "\r\n");
            }
        }
    }

    @Test
    void aServerWithoutExtensionsIsGreetedWithHelo() throws InterruptedException {
        SinkScript script = new SinkScript().on(SinkStep.EHLO, SinkFault.reply("502 5.5.1 what?"));
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port())) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);

            assertThat(sink.commands())
                    .containsExactly(
                            "EHLO client.example",
                            "HELO client.example",
                            "MAIL FROM:<from@example.com>",
                            "RCPT TO:<to@example.net>",
                            "DATA");
        }
    }

    @Test
    void eachRecipientHasItsOwnAnswer() throws InterruptedException {
        for (String without : EXTENSIONS) {
            SinkScript script = new SinkScript()
                    .without(without)
                    .onRecipient(1, SinkFault.reply("550 5.1.1 unknown"))
                    .onRecipient(3, SinkFault.reply("450 4.2.0 busy"));
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = Account.at(sink.port())) {
                List<ProviderAnswer> answers =
                        account.deliver(Outgoing.message().to("a@x.y", "b@x.y", "c@x.y", "d@x.y"));

                assertRefused(answers.get(0), Scope.RECIPIENT, Kind.PERMANENT, "550 5.1.1 unknown");
                assertThat(answers.get(1)).isInstanceOf(Relayed.class);
                assertRefused(answers.get(2), Scope.RECIPIENT, Kind.TRANSIENT, "450 4.2.0 busy");
                assertThat(answers.get(3)).isInstanceOf(Relayed.class);
                assertThat(sink.messages().getFirst().recipients())
                        .containsExactly("RCPT TO:<b@x.y>", "RCPT TO:<d@x.y>");
            }
        }
    }

    @Test
    void aThousandRecipientsNeitherBlockNorMixUp() throws InterruptedException {
        for (String without : List.of("", "CHUNKING", "PIPELINING")) {
            SinkScript script =
                    new SinkScript().without(without).onRecipient(777, SinkFault.reply("550 5.1.1 unknown"));
            String[] recipients = IntStream.rangeClosed(1, 1000)
                    .mapToObj(i -> "user" + i + "@example.net")
                    .toArray(String[]::new);
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = Account.at(sink.port())) {
                List<ProviderAnswer> answers =
                        account.deliver(Outgoing.message().to(recipients));

                assertThat(IntStream.range(0, 1000).filter(i -> answers.get(i) instanceof Refused))
                        .containsExactly(776);
                assertThat(sink.messages().getFirst().recipients()).hasSize(999);
            }
        }
    }

    @Test
    void contentThatWasAskedForAlthoughNobodyIsLeftGoesToNobody() throws InterruptedException {
        SinkScript script = new SinkScript()
                .without("CHUNKING")
                .on(SinkStep.RCPT, SinkFault.reply("550 5.1.1 unknown"))
                .on(SinkStep.DATA, SinkFault.reply("354 go on"));
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port())) {
            Outgoing message = Outgoing.message();

            assertRefused(account.answer(message), Scope.RECIPIENT, Kind.PERMANENT, "550 5.1.1 unknown");
            assertRefused(account.answer(message), Scope.RECIPIENT, Kind.PERMANENT, "550 5.1.1 unknown");
            assertThat(message.handovers()).isZero();
            assertThat(sink.messages()).isEmpty();
            assertThat(sink.connections()).isEqualTo(1);
        }
    }

    @Test
    void aFailedTransactionIsResetBeforeTheNext() throws InterruptedException {
        for (String without : EXTENSIONS) {
            SinkScript script =
                    new SinkScript().without(without).once(SinkStep.RCPT, SinkFault.reply("450 4.2.0 busy"));
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = Account.at(sink.port())) {
                assertThat(account.answer(Outgoing.message())).isInstanceOf(Refused.class);
                assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);

                assertThat(sink.connections()).isEqualTo(1);
            }
        }
    }

    @Test
    void whatTheServerCannotCarryIsNotSent() throws InterruptedException {
        SinkScript script =
                new SinkScript().without("8BITMIME").without("SMTPUTF8").offering("SIZE 100");
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port())) {
            assertRefused(
                    account.answer(Outgoing.message().needing(true, false)),
                    Scope.MESSAGE,
                    Kind.INCAPABLE,
                    "554 5.6.3 127.0.0.1 does not offer 8BITMIME, which this message needs");
            assertRefused(
                    account.answer(Outgoing.message().to("grün@example.net")),
                    Scope.MESSAGE,
                    Kind.INCAPABLE,
                    "553 5.6.7 127.0.0.1 does not offer SMTPUTF8, which this message needs");
            assertRefused(
                    account.answer(Outgoing.message().content(lines(101))),
                    Scope.MESSAGE,
                    Kind.INCAPABLE,
                    "552 5.3.4 127.0.0.1 takes messages of at most 100 octets, this one has 101");
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(sink.connections()).isEqualTo(1);
        }
    }

    @Test
    void configuredHeadersComeOnTopAndTheRestStays() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                Account account = Account.at(sink.port(), "headers", Map.of("X-Pool", "bulk"))) {
            account.deliver(Outgoing.message().content("Subject: a\r\n\r\nb\r\n"));

            assertThat(sink.messages().getFirst().text()).isEqualTo("X-Pool: bulk\r\nSubject: a\r\n\r\nb\r\n");
            assertThat(sink.commands()).contains("MAIL FROM:<from@example.com> SIZE=31");
        }
    }

    @Test
    void contentThatCannotBeReadToItsEndIsNeverCompleted() throws InterruptedException {
        for (String without : List.of("", "CHUNKING")) {
            for (int wrong : new int[] {-1, 1}) {
                try (SmtpSink sink = new SmtpSink(new SinkScript().without(without));
                        Account account = Account.at(sink.port())) {
                    Outgoing message =
                            Outgoing.message().content(lines(200_000)).claiming(200_000 + wrong);

                    assertThatThrownBy(() -> account.answer(message)).isInstanceOf(UncheckedIOException.class);

                    assertThat(message.handovers()).isZero();
                    sink.awaitOpenConnections(0);
                    assertThat(sink.messages()).isEmpty();
                }
            }
        }
    }

    @Test
    void connectionsAreKeptUpToTheirNumberOfMessages() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                Account account = Account.at(sink.port(), "maxMessagesPerConnection", 3)) {
            for (int i = 0; i < 7; i++) {
                assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            }

            assertThat(sink.messages()).extracting(SinkMessage::connection).containsExactly(1, 1, 1, 2, 2, 2, 3);
            assertThat(sink.commands()).filteredOn("QUIT"::equals).hasSize(2);
        }
    }

    @Test
    void anIdleConnectionIsClosedWithQuit() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                Account account = Account.at(sink.port(), "idleTimeout", "50ms")) {
            account.deliver(Outgoing.message());

            sink.awaitOpenConnections(0);
            assertThat(sink.commands().getLast()).isEqualTo("QUIT");
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
        }
    }

    @Test
    void neverMoreConnectionsThanConfigured() throws InterruptedException {
        SinkScript script = new SinkScript().on(SinkStep.CONTENT, SinkFault.delay(Duration.ofMillis(20)));
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port(), "maxConnections", 2)) {
            List<Thread> senders = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                senders.add(Thread.startVirtualThread(() -> {
                    try {
                        account.deliver(Outgoing.message());
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }));
            }
            for (Thread sender : senders) {
                sender.join();
            }

            assertThat(sink.messages()).hasSize(12);
            assertThat(sink.connections()).isEqualTo(2);
        }
    }

    @Test
    void whoFindsAllConnectionsBusyUntilItsDeadlineIsToldSo() throws InterruptedException {
        SinkScript script = new SinkScript().on(SinkStep.CONTENT, SinkFault.hang());
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port(), "maxConnections", 1)) {
            Thread busy = Thread.startVirtualThread(() -> {
                try {
                    account.deliver(Outgoing.message());
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            sink.awaitOpenConnections(1);

            assertRefused(
                    account.answer(Outgoing.message().within(Duration.ofMillis(100))),
                    Scope.SESSION,
                    Kind.TRANSIENT,
                    "451 4.4.5 all 1 connections to 127.0.0.1 are busy");
            sink.close();
            busy.join();
        }
    }

    @Test
    void timesBeyondAllMeasureAreTimes() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                Account account = Account.at(
                        sink.port(),
                        "connectTimeout",
                        "999999999d",
                        "commandTimeout",
                        "999999999d",
                        "idleTimeout",
                        "999999999d")) {
            Outgoing message = Outgoing.message().within(Duration.ofDays(999_999_999));

            assertThat(account.answer(message)).isInstanceOf(Relayed.class);
            assertThat(account.answer(message)).isInstanceOf(Relayed.class);
            assertThat(sink.connections()).isEqualTo(1);
        }
    }

    @Test
    void closingTheAccountTakesLeave() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript())) {
            Account account = Account.at(sink.port());
            account.deliver(Outgoing.message());

            account.close();

            sink.awaitOpenConnections(0);
            assertThat(sink.commands().getLast()).isEqualTo("QUIT");
        }
    }

    @Test
    void aDeliveryInterruptedWhileItsAnswerIsAwaitedIsInDoubt() throws InterruptedException {
        SinkScript script = new SinkScript().on(SinkStep.CONTENT, SinkFault.hang());
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port())) {
            List<ProviderAnswer> answers = new ArrayList<>();
            Outgoing message = Outgoing.message();
            Thread sender = Thread.startVirtualThread(() -> {
                try {
                    answers.add(account.answer(message));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            sink.awaitCommand("BDAT 22 LAST");
            sender.interrupt();
            sender.join();

            assertThat(message.handovers()).isEqualTo(1);
            assertThat(answers).singleElement().isInstanceOf(InDoubt.class);
        }
    }

    static void assertRefused(ProviderAnswer answer, Scope scope, Kind kind, String reply) {
        assertThat(answer).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.reply()).hasToString(reply);
            assertThat(refused.scope()).isEqualTo(scope);
            assertThat(refused.kind()).isEqualTo(kind);
        });
    }

    /** Lines of many lengths that love to begin with dots; ends in CRLF from two octets on. */
    private static byte[] lines(int size) {
        Random random = new Random(size);
        StringBuilder text = new StringBuilder();
        while (text.length() < size) {
            text.append(".".repeat(random.nextInt(3)))
                    .append("x".repeat(random.nextInt(60)))
                    .append("\r\n");
        }
        text.setLength(size);
        if (size >= 2) {
            text.replace(size - 2, size, "\r\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] completed(byte[] content) {
        String text = new String(content, StandardCharsets.US_ASCII);
        return (text.isEmpty() ? text : text + "\r\n").getBytes(StandardCharsets.US_ASCII);
    }
}
