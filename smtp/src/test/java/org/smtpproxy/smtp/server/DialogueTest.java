package org.smtpproxy.smtp.server;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.smtpproxy.testkit.dialogue.Dialogue;
import org.smtpproxy.testkit.dialogue.Peer;
import org.smtpproxy.testkit.dialogue.SocketPeer;

/** Plays the dialogue files against the session in memory, whole and octet by octet, and against a server. */
class DialogueTest {
    private static TestServer server;

    @BeforeAll
    static void start() throws IOException {
        server = TestServer.start(new Inbox());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    static List<Dialogue> dialogues() throws IOException, URISyntaxException {
        Path folder = Path.of(DialogueTest.class.getResource("/dialogues").toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".smtp"))
                    .sorted()
                    .map(Dialogue::read)
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("dialogues")
    void playsInMemory(Dialogue dialogue) throws IOException {
        dialogue.play(new InMemoryPeer(dialogue.beginsWithTls(), false));
    }

    @ParameterizedTest
    @MethodSource("dialogues")
    void playsInMemoryOctetByOctet(Dialogue dialogue) throws IOException {
        dialogue.play(new InMemoryPeer(dialogue.beginsWithTls(), true));
    }

    @ParameterizedTest
    @MethodSource("dialogues")
    void playsOverSocket(Dialogue dialogue) throws IOException {
        int port = dialogue.beginsWithTls() ? server.implicitTlsPort() : server.port();
        try (Peer peer = SocketPeer.connect(server.host(), port, Duration.ofSeconds(20))) {
            dialogue.play(peer);
        }
    }

    private static final class InMemoryPeer implements Peer {
        private final InMemoryClient client;
        private final boolean drips;
        private final Queue<String> lines = new ArrayDeque<>();
        private boolean tlsComesFirst;

        InMemoryPeer(boolean tlsComesFirst, boolean drips) {
            this.tlsComesFirst = tlsComesFirst;
            this.drips = drips;
            client = tlsComesFirst ? InMemoryClient.overTls(new Inbox()) : new InMemoryClient(new Inbox());
        }

        @Override
        public void send(byte[] octets) {
            String text = new String(octets, StandardCharsets.ISO_8859_1);
            if (drips) {
                client.drip(text);
            } else {
                client.send(text);
            }
        }

        @Override
        public Optional<String> readLine() {
            client.replies().lines().forEach(lines::add);
            String line = lines.poll();
            if (line == null && client.next() == ServerSession.Next.READ) {
                throw new AssertionError("the session waits for more");
            }
            return Optional.ofNullable(line);
        }

        @Override
        public void startTls() throws IOException {
            if (tlsComesFirst) {
                tlsComesFirst = false;
                return;
            }
            if (client.next() != ServerSession.Next.START_TLS
                    || !client.replies().isEmpty()
                    || !lines.isEmpty()) {
                throw new IOException("the session isn't ready for TLS, or has said more than that");
            }
            client.shakeHands();
        }

        @Override
        public void close() {
            client.close();
        }
    }
}
