package org.smtpproxy.app;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.smtpproxy.testkit.process.Clients;
import org.smtpproxy.testkit.process.Clients.Auth;
import org.smtpproxy.testkit.process.Clients.Mail;
import org.smtpproxy.testkit.process.Clients.Tls;
import org.smtpproxy.testkit.process.ForeignProgram.Ended;
import org.smtpproxy.testkit.process.ProxyProcess;
import org.smtpproxy.testkit.sink.SinkMessage;
import org.smtpproxy.testkit.sink.SinkScript;
import org.smtpproxy.testkit.sink.SmtpSink;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What real clients do beyond one plain message: they check the certificate of the first start (all of them, in every
 * test here), keep a connection, pipeline, and send octets that are no ASCII. A sink shows what arrives.
 */
class ClientFeaturesIT {
    private static final String HEADER = "From: a@acme.example\nSubject: octets\n\n";

    /** UTF-8, Latin-1, and every octet with the eighth bit; no charset is declared. */
    private static final String EIGHT_BIT_BODY =
            utf8("Gr\u00fc\u00dfe \u65e5\u672c\n") + "Gr\u00fc\u00dfe\n" + upperHalf() + "\n.dotted\n";

    @TempDir
    private static Path folder;

    private static SmtpSink sink;
    private static ProxyProcess proxy;

    /** The clients, each as it sends so many copies of a message. */
    enum Client {
        SWAKS,
        MSMTP,
        CURL,
        SMTPLIB,
        NODEMAILER;

        Ended send(Clients clients, Mail mail, int copies) throws Exception {
            return switch (this) {
                case SWAKS -> clients.swaks(Tls.STARTTLS, Auth.PLAIN, mail);
                case MSMTP -> clients.msmtp(Tls.STARTTLS, Auth.PLAIN, mail);
                case CURL -> clients.curl(Tls.STARTTLS, Auth.PLAIN, mail, copies);
                case SMTPLIB -> clients.smtplib(Tls.STARTTLS, Auth.LOGIN, raw(mail, copies));
                case NODEMAILER -> clients.nodemailer(Tls.IMPLICIT, Auth.PLAIN, raw(mail, copies));
            };
        }

        /** The libraries send CRLF where we do. */
        private static String[] raw(Mail mail, int copies) throws Exception {
            Path file = Files.createTempFile(folder, "raw", "");
            Files.write(file, mail.content().replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            return new String[] {
                "--raw",
                file.toString(),
                "--count",
                "" + copies,
                "--from",
                mail.from(),
                "--to",
                mail.to().getFirst()
            };
        }
    }

    @BeforeAll
    static void start() throws Exception {
        sink = new SmtpSink(new SinkScript());
        proxy = Packaged.command(folder.resolve("data"), """
                        tenants:
                          - id: acme
                            credentials: [{username: app, password: "pass word"}]
                            providers: [{id: relay, type: smtp, host: 127.0.0.1, port: %d, tls: none}]
                        """.formatted(sink.port()))
                .start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
        sink.close();
    }

    @ParameterizedTest
    @EnumSource
    void anEightBitBodyOutsideSmtpUtf8ArrivesOctetByOctet(Client client) throws Exception {
        Mail mail = mailFor("octets-" + client);
        assertSucceeded(client.send(clients(ownCertificate()), mail, 1));
        SinkMessage arrived = arrived(mail, 1).getFirst();
        // swaks ends each message with an empty line of its own.
        String sent = EIGHT_BIT_BODY + (client == Client.SWAKS ? "\n" : "");
        assertThat(octets(arrived)).endsWith("\r\n\r\n" + sent.replace("\n", "\r\n"));
        assertThat(arrived.mail()).contains("BODY=8BITMIME").doesNotContain("SMTPUTF8");
    }

    @ParameterizedTest
    @EnumSource(
            mode = Mode.EXCLUDE,
            names = {"SWAKS", "MSMTP"})
    void manyMessagesComeOverOneConnection(Client client) throws Exception {
        Mail mail = mailFor("many-" + client);
        long before = sessions();
        assertSucceeded(client.send(clients(ownCertificate()), mail, 30));
        assertThat(arrived(mail, 30)).hasSize(30);
        assertThat(sessions() - before).isEqualTo(1);
    }

    @Test
    void aThirdPartysCertificateIsNotOurs() throws Exception {
        Clients strict = clients(new PrivateAuthority(folder.resolve("authority")).certificate());
        Mail mail = mailFor("distrusting");
        for (Client client : List.of(Client.CURL, Client.MSMTP)) {
            Ended refused = client.send(strict, mail, 1);
            assertThat(refused.succeeded()).isFalse();
            assertThat(refused.output()).containsIgnoringCase("certificate");
        }
        assertThat(sink.messages()).noneMatch(message -> isFor(message, mail));
    }

    @Test
    void swaksPipelinesItsCommands() throws Exception {
        Mail mail = new Mail("a@acme.example", List.of("first@b.example", "second@b.example"), HEADER + "x\n");
        Ended sent = clients(ownCertificate()).swaks(Tls.STARTTLS, Auth.PLAIN, mail, "--pipeline");
        assertSucceeded(sent);
        assertThat(sent.output()).containsPattern("~> MAIL FROM.*\\R ~> RCPT TO.*\\R ~> RCPT TO.*\\R ~> DATA\\R");
        assertThat(arrived(mail, 1).getFirst().recipients()).hasSize(2);
    }

    private static Clients clients(Path caFile) {
        return new Clients(
                "127.0.0.1",
                proxy.smtp().getPort(),
                proxy.smtps().getPort(),
                "app",
                "pass word",
                Optional.of(caFile),
                folder,
                Packaged.root().resolve("clients"));
    }

    private static Path ownCertificate() {
        return proxy.data().resolve("tls/certificate.pem");
    }

    private static Mail mailFor(String recipient) {
        return new Mail("a@acme.example", List.of(recipient + "@b.example"), HEADER + EIGHT_BIT_BODY);
    }

    private static void assertSucceeded(Ended sent) {
        assertThat(sent.succeeded()).as(sent.output()).isTrue();
    }

    /** Waits for so many messages to the mail's first recipient. */
    private static List<SinkMessage> arrived(Mail mail, int count) throws Exception {
        Packaged.await(count + " for " + mail.to(), () -> found(mail).size() >= count);
        return found(mail);
    }

    private static List<SinkMessage> found(Mail mail) {
        return sink.messages().stream().filter(message -> isFor(message, mail)).toList();
    }

    private static boolean isFor(SinkMessage message, Mail mail) {
        return message.recipients().contains("RCPT TO:<" + mail.to().getFirst() + ">");
    }

    private static long sessions() throws Exception {
        Matcher counted = Pattern.compile("(?m)^smtp_proxy_sessions_accepted_total (\\d+)")
                .matcher(Packaged.get(proxy, "/metrics").body());
        assertThat(counted.find()).isTrue();
        return Long.parseLong(counted.group(1));
    }

    private static String octets(SinkMessage message) {
        return new String(message.content(), StandardCharsets.ISO_8859_1);
    }

    private static String utf8(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String upperHalf() {
        StringBuilder octets = new StringBuilder();
        for (char octet = 0x80; octet <= 0xff; octet++) {
            octets.append(octet);
        }
        return octets.toString();
    }
}
