package org.smtpproxy.app;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.process.ForeignProgram;
import org.smtpproxy.testkit.process.ForeignProgram.Ended;
import org.smtpproxy.testkit.process.ProxyProcess;
import org.smtpproxy.testkit.sink.SinkMessage;
import org.smtpproxy.testkit.sink.SinkScript;
import org.smtpproxy.testkit.sink.SmtpSink;

import static org.assertj.core.api.Assertions.assertThat;

/** What a state file says is what happens: whole or not at all, and still after a restart. */
class StateFileIT {
    private static final int BAD_CONFIGURATION = 78;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** Nothing but the header fields that acceptance would add, and what relays like to damage. */
    private static final String MESSAGE = """
            Date: Tue, 24 Nov 2026 08:00:00 +0000
            Message-ID: <one@acme.example>
            From: a@acme.example
            Subject:  spaces  and
            \ta folded line

            .
            ..two dots
             trailing space\s

            Gr\u00fc\u00dfe
            """;

    @TempDir
    private Path folder;

    @Test
    void aBadFileIsRefusedWholeWithAllItsProblems() throws Exception {
        Path data = folder.resolve("data");
        try (ProxyProcess proxy = Packaged.command(data, capturing("acme")).start()) {
            assertThat(proxy.terminate(PATIENCE)).isZero();
        }
        Path bad = folder.resolve("bad.yaml");
        Files.writeString(bad, """
                tenants:
                  - id: newcomer
                    providers: [{id: kept, type: capture}]
                  - id: acme
                    colour: blue
                    limits: {maxRecipients: many}
                    providers: [{id: relay, type: smtp, host: relay.example, tls: sometimes}]
                    routes:
                      - name: default
                        to: [relai]
                """);
        Ended refused = Packaged.cli(
                "run",
                "--data",
                data.toString(),
                "--apply",
                bad.toString(),
                "--smtp-port",
                "0",
                "--smtps-port",
                "0",
                "--http-port",
                "0");
        assertThat(refused.exitCode()).as(refused.output()).isEqualTo(BAD_CONFIGURATION);
        assertThat(refused.output())
                .contains("line 5: ", "colour")
                .contains("line 6: ", "maxRecipients")
                .contains("line 7: ", "tls")
                .contains("line 10: ", "relai", "did you mean relay?")
                .doesNotContain("ready smtp=");
        try (ProxyProcess proxy = Packaged.command(data).start()) {
            assertThat(Packaged.api(proxy, "tenants"))
                    .contains("\"id\":\"acme\"")
                    .doesNotContain("newcomer");
        }
    }

    @Test
    void aSecondProcessOnTheSameFolderChangesNothing() throws Exception {
        Path data = folder.resolve("data");
        Path newcomer = folder.resolve("newcomer.yaml");
        Files.writeString(newcomer, capturing("newcomer"));
        try (ProxyProcess proxy = Packaged.command(data, capturing("acme")).start()) {
            Ended refused =
                    Packaged.cli("run", "--data", data.toString(), "--apply", newcomer.toString(), "--smtp-port", "0");
            assertThat(refused.exitCode()).as(refused.output()).isEqualTo(1);
            assertThat(refused.output()).contains("is used by another process");
            assertThat(proxy.terminate(PATIENCE)).isZero();
        }
        try (ProxyProcess proxy = Packaged.command(data).start()) {
            assertThat(Packaged.api(proxy, "tenants"))
                    .contains("\"id\":\"acme\"")
                    .doesNotContain("newcomer");
        }
    }

    @Test
    void mailOfATrustedNetworkIsRelayedByteByByteAlsoAfterARestart() throws Exception {
        Path data = folder.resolve("data");
        try (SmtpSink sink = new SmtpSink(new SinkScript())) {
            try (ProxyProcess proxy =
                    Packaged.command(data, relayingTo(sink.port())).start()) {
                submit(proxy, "bob@b.example");
                assertArrivedWhole(sink.awaitMessages(1).getFirst());
                assertThat(proxy.terminate(PATIENCE)).isZero();
            }
            try (ProxyProcess proxy = Packaged.command(data).start()) {
                submit(proxy, "bob@b.example");
                assertArrivedWhole(sink.awaitMessages(2).getLast());
            }
        }
    }

    @Test
    void aDomainThatIsNotTheTenantsIsRefusedAsSender() throws Exception {
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                ProxyProcess proxy = Packaged.command(folder.resolve("data"), relayingTo(sink.port()))
                        .start()) {
            Ended refused = smtpSource(proxy, "a@other.example", "bob@b.example");
            assertThat(refused.succeeded()).isFalse();
            assertThat(refused.output()).contains("553 ");
            submit(proxy, "bob@b.example");
            assertThat(sink.awaitMessages(1)).hasSize(1);
        }
    }

    private static String capturing(String tenant) {
        return """
                tenants:
                  - id: %s
                    providers: [{id: kept, type: capture}]
                """.formatted(tenant);
    }

    private static String relayingTo(int port) {
        return """
                tenants:
                  - id: acme
                    trustedNetworks: ["127.0.0.1/32"]
                    senders: [acme.example]
                    providers:
                      - {id: relay, type: smtp, host: 127.0.0.1, port: %d, tls: none}
                """.formatted(port);
    }

    private void submit(ProxyProcess proxy, String recipient) throws Exception {
        Ended sent = smtpSource(proxy, "a@acme.example", recipient);
        assertThat(sent.succeeded()).as(sent.output()).isTrue();
    }

    /** Postfix's test client: the file's lines, with CRLF and stuffed dots. */
    private Ended smtpSource(ProxyProcess proxy, String sender, String recipient) throws Exception {
        Path file = folder.resolve("message");
        Files.writeString(file, MESSAGE);
        return ForeignProgram.run(
                List.of(
                        "/usr/sbin/smtp-source",
                        "-F",
                        file.toString(),
                        "-f",
                        sender,
                        "-t",
                        recipient,
                        "127.0.0.1:" + proxy.smtp().getPort()),
                new byte[0],
                PATIENCE);
    }

    private static void assertArrivedWhole(SinkMessage arrived) {
        String text = new String(arrived.content(), StandardCharsets.UTF_8);
        // smtp-source ends each message with an empty line of its own.
        String sent = MESSAGE.replace("\n", "\r\n") + "\r\n";
        assertThat(text).startsWith("Received: from ").endsWith("\r\n" + sent);
        String added = text.substring(0, text.length() - sent.length());
        assertThat(added.split("\r\n", -1))
                .filteredOn(line -> line.matches("\\S.*"))
                .hasSize(1);
        assertThat(arrived.mail()).startsWith("MAIL FROM:<a@acme.example>");
        assertThat(arrived.recipients())
                .singleElement()
                .asString()
                .startsWith("RCPT TO:<")
                .contains("bob@b.example>");
    }
}
