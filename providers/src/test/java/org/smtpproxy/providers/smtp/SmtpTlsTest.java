package org.smtpproxy.providers.smtp;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
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

/** Encryption and login: what was configured, never less. */
@Timeout(60)
class SmtpTlsTest {
    private static final TestCertificates AUTHORITY = new TestCertificates();

    @TempDir
    private Path folder;

    @Test
    void aTrustedCertificateThatNamesTheHostIsGood() throws Exception {
        for (String host : List.of("localhost", "127.0.0.1")) {
            try (SmtpSink sink = new SmtpSink(new SinkScript().startTls(AUTHORITY.server(host)));
                    Account account =
                            Account.at(host, sink.port(), "tls", "required", "caFile", AUTHORITY.caFile(folder))) {
                for (int i = 0; i < 3; i++) {
                    assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
                }
                assertThat(sink.messages()).hasSize(3).allMatch(SinkMessage::tls);
                assertThat(sink.commands()).startsWith("EHLO client.example", "STARTTLS", "EHLO client.example");
                assertThat(sink.connections()).isEqualTo(1);
            }
            try (SmtpSink sink = new SmtpSink(new SinkScript().implicitTls(AUTHORITY.server(host)));
                    Account account =
                            Account.at(host, sink.port(), "tls", "implicit", "caFile", AUTHORITY.caFile(folder))) {
                assertThat(account.answer(Outgoing.message().content("x".repeat(500_000) + "\r\n")))
                        .isInstanceOf(Relayed.class);
                assertThat(sink.messages()).singleElement().satisfies(got -> {
                    assertThat(got.tls()).isTrue();
                    assertThat(got.content()).hasSize(500_002);
                });
            }
        }
    }

    @Test
    void aCertificateThatIsNotTrustedOrNotTheHostsStopsTheMail() throws Exception {
        List<Supplier<SSLContext>> wrong = List.of(
                () -> TestCertificates.selfSigned("localhost"),
                () -> new TestCertificates().server("localhost"),
                () -> AUTHORITY.server("other.example"),
                () -> AUTHORITY.expired("localhost"));
        for (Supplier<SSLContext> certificate : wrong) {
            for (String mode : List.of("required", "implicit")) {
                SinkScript script = mode.equals("implicit")
                        ? new SinkScript().implicitTls(certificate.get())
                        : new SinkScript().startTls(certificate.get());
                try (SmtpSink sink = new SmtpSink(script);
                        Account account =
                                Account.at("localhost", sink.port(), "tls", mode, "caFile", AUTHORITY.caFile(folder))) {
                    Refused refused = (Refused) account.answer(Outgoing.message());

                    assertThat(refused.scope()).isEqualTo(Scope.PROVIDER);
                    assertThat(refused.kind()).isEqualTo(Kind.CONFIGURATION);
                    assertThat(refused.reply().toString())
                            .startsWith("451 4.7.5 the certificate of localhost:" + sink.port() + " is refused: ");
                    assertThat(sink.messages()).isEmpty();
                }
            }
        }
    }

    @Test
    void thePrivateAuthorityIsUnknownWithoutItsFile() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript().startTls(AUTHORITY.server("localhost")));
                Account account = Account.at("localhost", sink.port(), "tls", "required")) {
            assertThat(((Refused) account.answer(Outgoing.message())).kind()).isEqualTo(Kind.CONFIGURATION);
        }
    }

    @Test
    void requiredTlsThatIsNotOfferedOrRefusedStopsTheMail() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                Account account = Account.at(sink.port(), "tls", "required")) {
            assertRefused(
                    account.answer(Outgoing.message()),
                    Scope.PROVIDER,
                    Kind.CONFIGURATION,
                    "530 5.7.10 127.0.0.1 does not offer STARTTLS, which this account requires");
        }
        SinkScript refusing = new SinkScript()
                .startTls(AUTHORITY.server("127.0.0.1"))
                .on(SinkStep.STARTTLS, SinkFault.reply("454 4.7.0 not available"));
        for (String mode : List.of("required", "opportunistic")) {
            try (SmtpSink sink = new SmtpSink(refusing);
                    Account account = Account.at(sink.port(), "tls", mode)) {
                assertRefused(
                        account.answer(Outgoing.message()), Scope.SESSION, Kind.TRANSIENT, "454 4.7.0 not available");
            }
        }
        SinkScript withoutEhlo = new SinkScript().on(SinkStep.EHLO, SinkFault.reply("502 5.5.1 what?"));
        try (SmtpSink sink = new SmtpSink(withoutEhlo);
                Account account = Account.at(sink.port(), "tls", "required")) {
            assertRefused(account.answer(Outgoing.message()), Scope.PROVIDER, Kind.CONFIGURATION, "502 5.5.1 what?");
        }
    }

    @Test
    void opportunisticTlsTakesAnyCertificateAndTheClearOnlyWhereNoneIsOffered() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript().startTls(TestCertificates.selfSigned("other.example")));
                Account account = Account.at(sink.port(), "tls", "opportunistic")) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(sink.messages()).allMatch(SinkMessage::tls);
        }
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                Account account = Account.at(sink.port(), "tls", "opportunistic")) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(sink.messages()).noneMatch(SinkMessage::tls);
        }
    }

    @Test
    void withTlsNoneStartTlsIsNotUsed() throws InterruptedException {
        try (SmtpSink sink = new SmtpSink(new SinkScript().startTls(AUTHORITY.server("127.0.0.1")));
                Account account = Account.at(sink.port(), "tls", "none")) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(sink.commands()).doesNotContain("STARTTLS");
        }
    }

    @Test
    void aReplyPutBehindTheOneToStartTlsIsNotBelieved() throws Exception {
        SinkScript script = new SinkScript()
                .startTls(AUTHORITY.server("localhost"))
                .on(SinkStep.STARTTLS, SinkFault.reply("220 2.0.0 Go\r\n250-injected\r\n250 AUTH PLAIN"));
        try (SmtpSink sink = new SmtpSink(script);
                Account account =
                        Account.at("localhost", sink.port(), "tls", "required", "caFile", AUTHORITY.caFile(folder))) {
            Refused refused = (Refused) account.answer(Outgoing.message());

            assertThat(refused.reply().toString())
                    .startsWith("451 4.5.0")
                    .contains("broke the protocol at STARTTLS: octets that no command asked for");
            assertThat(sink.messages()).isEmpty();
        }
    }

    @Test
    void aHandshakeThatBreaksIsTransient() throws InterruptedException {
        SinkScript script = new SinkScript()
                .startTls(AUTHORITY.server("127.0.0.1"))
                .on(SinkStep.STARTTLS, SinkFault.replyAndClose("220 2.0.0 Go"));
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port(), "tls", "opportunistic")) {
            Refused refused = (Refused) account.answer(Outgoing.message());

            assertThat(refused.scope()).isEqualTo(Scope.SESSION);
            assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
        }
    }

    @Test
    void aHandshakeThatHangsIsLeft() throws InterruptedException {
        SinkScript script = new SinkScript()
                .startTls(AUTHORITY.server("127.0.0.1"))
                .on(SinkStep.STARTTLS, SinkFault.reply("220 2.0.0 Go"))
                .on(SinkStep.HANDSHAKE, SinkFault.hang());
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port(), "tls", "opportunistic", "commandTimeout", "100ms")) {
            Refused refused = (Refused) account.answer(Outgoing.message());

            assertThat(refused.reply().text()).contains("took too long at the TLS handshake");
        }
    }

    @Test
    void logsInByWhatIsOffered() throws Exception {
        String longPassword = "p\u00e4ss".repeat(150);
        for (String password : List.of("secret", longPassword)) {
            for (String mechanisms : List.of("PLAIN LOGIN", "LOGIN", "CRAM-MD5 PLAIN")) {
                SinkScript script =
                        new SinkScript().startTls(AUTHORITY.server("localhost")).login(mechanisms, "user", password);
                try (SmtpSink sink = new SmtpSink(script);
                        Account account = Account.at(
                                "localhost",
                                sink.port(),
                                "caFile",
                                AUTHORITY.caFile(folder),
                                "username",
                                "user",
                                "password",
                                password)) {
                    assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
                    assertThat(sink.messages()).singleElement().satisfies(got -> {
                        assertThat(got.tls()).isTrue();
                        assertThat(got.user()).hasValue("user");
                    });
                }
            }
        }
    }

    @Test
    void aWrongPasswordIsConfiguration() throws InterruptedException {
        SinkScript script = new SinkScript().login("PLAIN", "user", "right");
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port(), "tls", "none", "username", "user", "password", "wrong")) {
            assertRefused(account.answer(Outgoing.message()), Scope.PROVIDER, Kind.CONFIGURATION, "535 5.7.8 Wrong");
        }
    }

    @Test
    void thePasswordGoesInTheClearOnlyWithTlsNone() throws InterruptedException {
        SinkScript script = new SinkScript().login("PLAIN", "user", "secret");
        try (SmtpSink sink = new SmtpSink(script);
                Account account =
                        Account.at(sink.port(), "tls", "opportunistic", "username", "user", "password", "secret")) {
            assertRefused(
                    account.answer(Outgoing.message()),
                    Scope.PROVIDER,
                    Kind.CONFIGURATION,
                    "530 5.7.11 127.0.0.1 does not offer STARTTLS: the password is not sent in the clear");
            assertThat(sink.commands()).containsExactly("EHLO client.example");
        }
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port(), "tls", "none", "username", "user", "password", "secret")) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
        }
    }

    @Test
    void anAttackerWithACertificateOfItsOwnGetsNoPasswordFromOpportunisticTls() throws Exception {
        List<Supplier<SSLContext>> wrong =
                List.of(() -> TestCertificates.selfSigned("localhost"), () -> AUTHORITY.server("other.example"));
        for (Supplier<SSLContext> certificate : wrong) {
            SinkScript script = new SinkScript().startTls(certificate.get()).login("PLAIN LOGIN", "user", "secret");
            try (SmtpSink sink = new SmtpSink(script);
                    Account account = opportunisticWithLogin(sink)) {
                Refused refused = (Refused) account.answer(Outgoing.message());

                assertThat(refused.scope()).isEqualTo(Scope.PROVIDER);
                assertThat(refused.kind()).isEqualTo(Kind.CONFIGURATION);
                assertThat(sink.commands()).containsExactly("EHLO client.example", "STARTTLS");
            }
        }
        SinkScript right =
                new SinkScript().startTls(AUTHORITY.server("localhost")).login("PLAIN LOGIN", "user", "secret");
        try (SmtpSink sink = new SmtpSink(right);
                Account account = opportunisticWithLogin(sink)) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
        }
    }

    private Account opportunisticWithLogin(SmtpSink sink) throws Exception {
        return Account.at(
                "localhost",
                sink.port(),
                "tls",
                "opportunistic",
                "caFile",
                AUTHORITY.caFile(folder),
                "username",
                "user",
                "password",
                "secret");
    }

    @Test
    void withoutAMechanismWeKnowThereIsNoLogin() throws InterruptedException {
        SinkScript script = new SinkScript().login("CRAM-MD5", "user", "secret");
        try (SmtpSink sink = new SmtpSink(script);
                Account account = Account.at(sink.port(), "tls", "none", "username", "user", "password", "secret")) {
            assertRefused(
                    account.answer(Outgoing.message()),
                    Scope.PROVIDER,
                    Kind.CONFIGURATION,
                    "530 5.7.4 127.0.0.1 offers neither AUTH PLAIN nor AUTH LOGIN");
        }
    }
}
