package org.smtpproxy.app;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.smtpproxy.testkit.dialogue.Dialogue;
import org.smtpproxy.testkit.dialogue.SocketPeer;
import org.smtpproxy.testkit.process.ProxyProcess;

import static org.assertj.core.api.Assertions.assertThat;

/** The dialogues of the SMTP server, played against the packaged program with a tenant's policy behind it. */
class DialogueIT {
    private static final String STATE = """
            tenants:
              - id: acme
                credentials: [{username: app, password: secret}]
                trustedNetworks: ["127.0.0.1/32"]
                providers: [{id: kept, type: capture}]
            """;

    @TempDir
    private static Path folder;

    private static ProxyProcess proxy;

    @BeforeAll
    static void start() throws Exception {
        proxy = Packaged.command(folder.resolve("data"), STATE).start();
    }

    @AfterAll
    static void nothingWasSmuggledIn() throws Exception {
        try (ProxyProcess played = proxy) {
            Packaged.await("an empty queue", () -> Packaged.api(played, "queue").contains("\"items\":[]"));
            assertThat(Packaged.api(played, "tenants/acme/captured?limit=500"))
                    .contains("alice@a.example")
                    .doesNotContain("smuggled@a.example")
                    .doesNotContain("mallory@a.example");
        }
    }

    static List<Dialogue> dialogues() throws IOException {
        try (Stream<Path> files = Files.list(Packaged.root().resolve("smtp/src/test/resources/dialogues"))) {
            return files.filter(file -> file.toString().endsWith(".smtp"))
                    .sorted()
                    .map(Dialogue::read)
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("dialogues")
    void plays(Dialogue dialogue) throws IOException {
        InetSocketAddress server = dialogue.beginsWithTls() ? proxy.smtps() : proxy.smtp();
        try (SocketPeer peer = SocketPeer.connect(server.getAddress(), server.getPort(), Duration.ofSeconds(60))) {
            dialogue.play(peer);
        }
    }
}
