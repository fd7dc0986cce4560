package org.smtpproxy.providers.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
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
import static org.smtpproxy.providers.smtp.SmtpProviderTest.assertRefused;

/** Servers that refuse, fall silent or hang up, at each step of the dialogue. */
@Timeout(60)
class SmtpFaultsTest {
    private static final List<String> DIALOGUES = List.of("", "CHUNKING", "PIPELINING");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GREETING | 554 5.3.2 no       | PROVIDER  | CONFIGURATION | 0",
                "GREETING | 421 4.3.2 later    | SESSION   | TRANSIENT     | 0",
                "MAIL     | 550 5.1.0 no       | SENDER    | CONFIGURATION | 0",
                "MAIL     | 451 4.3.0 later    | SENDER    | TRANSIENT     | 0",
                "MAIL     | 421 4.3.2 later    | SESSION   | TRANSIENT     | 0",
                "RCPT     | 550 5.1.1 no       | RECIPIENT | PERMANENT     | 0",
                "RCPT     | 421 4.3.2 later    | SESSION   | TRANSIENT     | 0",
                "CONTENT  | 554 5.6.0 no       | MESSAGE   | PERMANENT     | 1",
                "CONTENT  | 451 4.3.0 later    | MESSAGE   | TRANSIENT     | 1",
                "CONTENT  | 421 4.3.2 later    | SESSION   | TRANSIENT     | 1",
            })
    void refusals(SinkStep step, String reply, Scope scope, Kind kind, int handovers) throws InterruptedException {
        for (String without : DIALOGUES) {
            SinkFault fault = reply.startsWith("421") ? SinkFault.replyAndClose(reply) : SinkFault.reply(reply);
            try (SmtpSink sink = new SmtpSink(new SinkScript().without(without).on(step, fault));
                    Account account = Account.at(sink.port())) {
                Outgoing message = Outgoing.message().to("a@x.y", "b@x.y");

                List<ProviderAnswer> answers = account.deliver(message);

                assertRefused(answers.get(0), scope, kind, reply);
                assertRefused(answers.get(1), scope, kind, reply);
                assertThat(message.handovers()).isEqualTo(handovers);
                assertThat(sink.messages()).noneMatch(SinkMessage::acknowledged);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "554 5.7.1 policy  | MESSAGE | PERMANENT",
                "451 4.3.0 later   | MESSAGE | TRANSIENT",
                "421 4.3.2 later   | SESSION | TRANSIENT"
            })
    void dataRefusedWithAllRecipientsAccepted(String reply, Scope scope, Kind kind) throws InterruptedException {
        for (String without : List.of("", "PIPELINING")) {
            SinkScript script =
                    new SinkScript().without("CHUNKING").without(without).once(SinkStep.DATA, SinkFault.reply(reply));
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = Account.at(sink.port())) {
                assertRefused(account.answer(Outgoing.message()), scope, kind, reply);
                assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            }
        }
    }

    @Test
    void aRefusedFirstChunkEndsTheMessageBeforeTheHandOver() throws InterruptedException {
        SinkScript script = new SinkScript().once(SinkStep.CHUNK, SinkFault.reply("452 4.3.1 full"));
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port())) {
            Outgoing message = Outgoing.message().content("x".repeat(99_998) + "\r\n");

            assertRefused(account.answer(message), Scope.MESSAGE, Kind.TRANSIENT, "452 4.3.1 full");
            assertThat(message.handovers()).isZero();
            assertThat(account.answer(message)).isInstanceOf(Relayed.class);
            assertThat(sink.messages()).hasSize(1);
            assertThat(sink.connections()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SinkStep.class,
            names = {"GREETING", "EHLO", "MAIL", "RCPT", "BODY"})
    void aConnectionLostBeforeTheEndOfTheContentIsTransient(SinkStep step) throws InterruptedException {
        for (String without : DIALOGUES) {
            try (SmtpSink sink = new SmtpSink(new SinkScript().without(without).on(step, SinkFault.close()));
                    Account account = Account.at(sink.port())) {
                Outgoing message = Outgoing.message().content("x".repeat(20_000_000) + "\r\n");

                Refused refused = (Refused) account.answer(message);

                assertThat(refused.scope()).isEqualTo(Scope.SESSION);
                assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
                assertThat(refused.reply().toString()).startsWith("451 4.4.2 the connection to 127.0.0.1:");
                assertThat(message.handovers()).isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SinkStep.class,
            names = {"GREETING", "EHLO", "MAIL", "RCPT", "BODY"})
    void aSilentServerIsLeftAfterTheTimeOfTheCommand(SinkStep step) throws InterruptedException {
        for (String without : DIALOGUES) {
            try (SmtpSink sink = new SmtpSink(new SinkScript().without(without).on(step, SinkFault.hang()));
                    Account account = Account.at(sink.port(), "commandTimeout", "100ms")) {
                Outgoing message = Outgoing.message().content("x".repeat(20_000_000) + "\r\n");

                Refused refused = (Refused) account.answer(message);

                assertThat(refused.scope()).isEqualTo(Scope.SESSION);
                assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
                assertThat(refused.reply().text()).contains("took too long at");
                assertThat(message.handovers()).isZero();
            }
        }
    }

    @Test
    void theDeadlineOfTheDeliveryCutsTheTimeOfACommand() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript().on(SinkStep.RCPT, SinkFault.hang()));
                Account account = Account.at(sink.port(), "commandTimeout", "1h")) {
            Refused refused = (Refused) account.answer(Outgoing.message().within(Duration.ofMillis(200)));

            assertThat(refused.reply().text()).contains("took too long at RCPT");
        }
    }

    @Test
    void aConnectionLostAfterTheContentIsInDoubt() throws InterruptedException {
        for (String without : DIALOGUES) {
            SinkScript script = new SinkScript()
                    .without(without)
                    .onRecipient(2, SinkFault.reply("550 5.1.1 unknown"))
                    .on(SinkStep.CONTENT, SinkFault.close());
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = Account.at(sink.port())) {
                Outgoing message = Outgoing.message().to("a@x.y", "b@x.y");

                List<ProviderAnswer> answers = account.deliver(message);

                assertThat(answers.get(0)).isInstanceOf(InDoubt.class);
                assertRefused(answers.get(1), Scope.RECIPIENT, Kind.PERMANENT, "550 5.1.1 unknown");
                assertThat(message.handovers()).isEqualTo(1);
                assertThat(sink.awaitMessages(1)).hasSize(1);
            }
        }
    }

    @Test
    void aReplyThatIsNoneAfterTheContentIsInDoubt() throws InterruptedException {
        for (String nonsense : List.of("hello", "354 more", "150 wait", "250?")) {
            for (String without : DIALOGUES) {
                SinkScript script = new SinkScript().without(without).on(SinkStep.CONTENT, SinkFault.reply(nonsense));
                try (SmtpSink sink = new SmtpSink(script);
                        Account account = Account.at(sink.port())) {
                    assertThat(account.answer(Outgoing.message())).isInstanceOf(InDoubt.class);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SinkStep.class,
            names = {"GREETING", "EHLO", "MAIL", "RCPT", "CHUNK"})
    void aReplyThatDecidesNothingIsNoSuccess(SinkStep step) throws InterruptedException {
        for (String undecided : List.of("150 wait", "334 more", "354 more")) {
            for (String without : step == SinkStep.CHUNK ? List.of("") : DIALOGUES) {
                SinkScript script = new SinkScript().without(without).on(step, SinkFault.reply(undecided));
                try (SmtpSink sink = new SmtpSink(script);
                        Account account = Account.at(sink.port())) {
                    assertNotUnderstood(
                            account.answer(Outgoing.message().content("x".repeat(99_998) + "\r\n")), undecided);
                    assertThat(sink.messages()).isEmpty();
                }
            }
        }
    }

    @Test
    void aReplyToDataThatAsksForNothingIsNoSuccess() throws InterruptedException {
        for (String undecided : List.of("150 wait", "250 2.0.0 Ok")) {
            SinkScript script = new SinkScript().without("CHUNKING").on(SinkStep.DATA, SinkFault.reply(undecided));
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = Account.at(sink.port())) {
                assertNotUnderstood(account.answer(Outgoing.message()), undecided);
            }
        }
    }

    @Test
    void whereResetIsNotUnderstoodTheMessageGoesOverAnotherConnection() throws InterruptedException {
        for (String undecided : List.of("150 wait", "354 more", "502 5.5.1 what?")) {
            SinkScript script = new SinkScript()
                    .once(SinkStep.RCPT, SinkFault.reply("550 5.1.1 unknown"))
                    .on(SinkStep.RSET, SinkFault.reply(undecided));
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = Account.at(sink.port())) {
                assertThat(account.answer(Outgoing.message())).isInstanceOf(Refused.class);
                assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
                assertThat(sink.messages())
                        .singleElement()
                        .satisfies(got -> assertThat(got.connection()).isEqualTo(2));
            }
        }
    }

    @Test
    void whyAServerHungUpInTheContentIsHeard() throws InterruptedException {
        SinkScript script = new SinkScript()
                .without("CHUNKING")
                .on(SinkStep.BODY, SinkFault.reply("552 5.3.4 too big"))
                .on(SinkStep.CONTENT, SinkFault.close());
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port())) {
            assertRefused(account.answer(Outgoing.message()), Scope.MESSAGE, Kind.INCAPABLE, "552 5.3.4 too big");
        }
    }

    @Test
    void aStaleConnectionIsReplacedAndNotCounted() throws InterruptedException {
        for (String without : DIALOGUES) {
            SinkScript script = new SinkScript().without(without).on(SinkStep.REST, SinkFault.close());
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = Account.at(sink.port())) {
                for (int i = 1; i <= 3; i++) {
                    Outgoing message = Outgoing.message();
                    assertThat(account.answer(message)).isInstanceOf(Relayed.class);
                    assertThat(message.handovers()).isEqualTo(1);
                    assertThat(sink.connections()).isEqualTo(i);
                    sink.awaitOpenConnections(0);
                }
            }
        }
    }

    @Test
    void aConnectionThatWasToldGoodbyeWhileItRestedIsReplaced() throws InterruptedException {
        SinkScript script =
                new SinkScript().once(SinkStep.REST, SinkFault.replyAndClose("421 4.4.2 idle for too long"));
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port())) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            sink.awaitOpenConnections(0);
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(sink.connections()).isEqualTo(2);
        }
    }

    @Test
    void aSilentKeptConnectionIsReplaced() throws InterruptedException {
        SinkScript script = new SinkScript().once(SinkStep.REST, SinkFault.hang());
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port(), "commandTimeout", "200ms")) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(sink.connections()).isEqualTo(2);
        }
    }

    @Test
    void aFreshConnectionThatFailsIsNotTriedAgain() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript().on(SinkStep.MAIL, SinkFault.close()));
                Account account = Account.at(sink.port())) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Refused.class);
            assertThat(sink.connections()).isEqualTo(1);
        }
    }

    @Test
    void repliesNobodyAskedForDoNotShiftTheOthers() throws InterruptedException {
        SinkScript script = new SinkScript()
                .once(SinkStep.CONTENT, SinkFault.reply("250 2.0.0 Ok\r\n250 2.0.0 and once more"))
                .onRecipient(1, SinkFault.reply("550 5.1.1 unknown"));
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port())) {
            assertThat(account.deliver(Outgoing.message().to("a@x.y", "b@x.y")).get(1))
                    .isInstanceOf(Relayed.class);

            assertRefused(account.answer(Outgoing.message()), Scope.RECIPIENT, Kind.PERMANENT, "550 5.1.1 unknown");
            assertThat(sink.connections()).isEqualTo(2);
        }
    }

    @Test
    void whereNobodyListensIsTransient() throws IOException, InterruptedException {
        int port;
        try (ServerSocket nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = nobody.getLocalPort();
        }
        try (Account account = Account.at(port)) {
            assertRefused(
                    account.answer(Outgoing.message()),
                    Scope.SESSION,
                    Kind.TRANSIENT,
                    "451 4.4.1 can't connect to 127.0.0.1:" + port + ": Connection refused");
        }
    }

    @Test
    void aNameWithoutAddressIsTransient() throws InterruptedException {
        try (Account account = Account.at("no-such-host.invalid", 25)) {
            Refused refused = (Refused) account.answer(Outgoing.message());

            assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
            assertThat(refused.reply().toString()).startsWith("451 4.4.1 can't connect to no-such-host.invalid:25");
        }
    }

    private static void assertNotUnderstood(ProviderAnswer answer, String reply) {
        assertThat(answer).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.scope()).isEqualTo(Scope.SESSION);
            assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
            assertThat(refused.reply().toString()).startsWith("451 4.5.0").contains(reply.substring(0, 3));
        });
    }
}
