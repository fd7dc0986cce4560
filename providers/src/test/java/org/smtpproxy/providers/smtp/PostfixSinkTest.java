package org.smtpproxy.providers.smtp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Relayed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** A foreign server: Postfix's smtp-sink, with and without what it can switch off. Skipped where it isn't installed. */
@Timeout(60)
class PostfixSinkTest {
    private static final Path SINK = Path.of("/usr/sbin/smtp-sink");

    @TempDir
    private Path folder;

    /** {@code -e} no ESMTP, {@code -p} no PIPELINING, {@code -8} no 8BITMIME. */
    @ParameterizedTest
    @ValueSource(strings = {"", "-e", "-p", "-8"})
    void takesMessages(String option) throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(SINK));
        int port = freePort();
        Process sink = new ProcessBuilder(Stream.of(
                                SINK.toString(),
                                option,
                                "-d",
                                folder + "/",
                                "-u",
                                userName(),
                                "127.0.0.1:" + port,
                                "100")
                        .filter(word -> !word.isEmpty())
                        .toList())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (Account account = Account.at(port, "tls", "none")) {
            awaitListening(sink, account);
            String body = "Subject: dots\r\n\r\n.\r\n..\r\n.x\r\n" + "line\r\n".repeat(20_000);

            List<ProviderAnswer> answers =
                    account.deliver(Outgoing.message().to("a@x.y", "b@x.y").content(body));

            assertThat(answers).hasSize(2).allMatch(Relayed.class::isInstance);
            try (Stream<Path> files = Files.list(folder)) {
                // smtp-sink keeps bare line feeds.
                assertThat(files.map(PostfixSinkTest::read))
                        .anyMatch(kept -> kept.contains(body.replace("\r\n", "\n")));
            }
        } finally {
            sink.destroy();
            sink.waitFor();
        }
    }

    private static void awaitListening(Process sink, Account account) throws InterruptedException {
        while (!(account.answer(Outgoing.message()) instanceof Relayed)) {
            assertThat(sink.waitFor(Duration.ofMillis(50)))
                    .as("smtp-sink has ended")
                    .isFalse();
        }
    }

    private static String userName() {
        return System.getProperty("user.name");
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
