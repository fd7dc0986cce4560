package org.smtpproxy.app;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.process.ForeignProgram;
import org.smtpproxy.testkit.process.ForeignProgram.Ended;
import org.smtpproxy.testkit.process.FreePort;
import org.smtpproxy.testkit.process.ProxyProcess;
import org.smtpproxy.testkit.sink.SinkFault;
import org.smtpproxy.testkit.sink.SinkScript;
import org.smtpproxy.testkit.sink.SinkStep;
import org.smtpproxy.testkit.sink.SmtpSink;

import static org.assertj.core.api.Assertions.assertThat;

/** Mail that can't be delivered at once: it waits, is seen waiting, is delivered once, or is given up on. */
class RetryIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @Test
    void mailWaitsForADeadProviderAlsoOverARestart() throws Exception {
        Path data = folder.resolve("data");
        int port = FreePort.find();
        try (ProxyProcess proxy =
                Packaged.command(data, relayingTo(port, "initial: 5s, max: 5s")).start()) {
            submit(proxy, "bob@b.example");
            Packaged.await("a waiting message", () -> queue(proxy).contains("\"transient\":1"));
            assertThat(summary(proxy).lines().toList())
                    .hasSize(2)
                    .last()
                    .asString()
                    .matches("acme +\\S*relay +1 +transient 1 +0 +\\S+Z +\\S+Z");
            assertThat(proxy.terminate(PATIENCE)).isZero();
        }
        try (ProxyProcess proxy = Packaged.command(data).start()) {
            assertThat(summary(proxy)).containsPattern("acme +\\S*relay +1 ");
            try (SmtpSink sink = new SmtpSink(new SinkScript(), port)) {
                assertThat(sink.awaitMessages(1).getFirst().text()).contains("This is a test mailing");
                Packaged.await("an empty queue", () -> queue(proxy).contains("\"items\":[]"));
                assertThat(sink.messages()).hasSize(1);
            }
        }
    }

    @Test
    void aRelayedRecipientIsNeverMailedAgain() throws Exception {
        // Tried again alone, the second recipient is the first of its transaction.
        SinkScript script = new SinkScript().onRecipient(2, SinkFault.reply("450 4.2.1 mailbox busy"));
        try (SmtpSink sink = new SmtpSink(script);
                ProxyProcess proxy = Packaged.command(folder.resolve("data"), relayingTo(sink.port(), "initial: 300ms"))
                        .start()) {
            submit(proxy, "done@b.example,busy@b.example");
            var messages = sink.awaitMessages(2);
            Packaged.await("an empty queue", () -> queue(proxy).contains("\"items\":[]"));
            assertThat(sink.messages()).hasSize(2);
            assertThat(messages.get(0).recipients()).singleElement().asString().startsWith("RCPT TO:<done@b.example>");
            assertThat(messages.get(1).recipients()).singleElement().asString().startsWith("RCPT TO:<busy@b.example>");
            assertThat(sink.commands())
                    .filteredOn(command -> command.startsWith("RCPT TO:<done@b.example>"))
                    .hasSize(1);
        }
    }

    @Test
    void aRecipientThatFailsTooOftenIsKeptAsDeadLetter() throws Exception {
        SinkScript script = new SinkScript().on(SinkStep.RCPT, SinkFault.reply("451 4.3.2 full up"));
        try (SmtpSink sink = new SmtpSink(script);
                ProxyProcess proxy = Packaged.command(
                                folder.resolve("data"), relayingTo(sink.port(), "initial: 100ms, maxAttempts: 2"))
                        .start()) {
            submit(proxy, "bob@b.example");
            Packaged.await(
                    "a dead letter",
                    () -> Packaged.api(proxy, "tenants/acme/dead-letters").contains("bob@b.example"));
            assertThat(deadLetters(proxy).lines().toList())
                    .hasSize(2)
                    .last()
                    .asString()
                    .matches("[0-9A-Z]{26} +acme +\\S+Z +<a@acme.example> +bob@b.example +2 +451 4.3.2 full up");
            assertThat(summary(proxy).lines()).hasSize(1);
            assertThat(sink.commands())
                    .filteredOn(command -> command.startsWith("RCPT "))
                    .hasSize(2);
        }
    }

    private static String relayingTo(int port, String retry) {
        return """
                tenants:
                  - id: acme
                    trustedNetworks: ["127.0.0.1/32"]
                    retry: {%s}
                    providers:
                      - {id: relay, type: smtp, host: 127.0.0.1, port: %d, tls: none}
                """.formatted(retry, port);
    }

    private static void submit(ProxyProcess proxy, String recipients) throws Exception {
        Ended sent = ForeignProgram.run(
                List.of(
                        "swaks",
                        "--server",
                        "127.0.0.1:" + proxy.smtp().getPort(),
                        "--from",
                        "a@acme.example",
                        "--to",
                        recipients),
                new byte[0],
                PATIENCE);
        assertThat(sent.succeeded()).as(sent.output()).isTrue();
    }

    private static String queue(ProxyProcess proxy) throws Exception {
        return Packaged.api(proxy, "queue");
    }

    private static String summary(ProxyProcess proxy) throws Exception {
        return ask(proxy, "queue", "summary");
    }

    private static String deadLetters(ProxyProcess proxy) throws Exception {
        return ask(proxy, "dlq", "list");
    }

    private static String ask(ProxyProcess proxy, String... command) throws Exception {
        List<String> arguments = new ArrayList<>(List.of(command));
        arguments.addAll(List.of("--data", proxy.data().toString()));
        Ended asked = Packaged.cli(arguments.toArray(new String[0]));
        assertThat(asked.succeeded()).as(asked.output()).isTrue();
        return asked.output();
    }
}
