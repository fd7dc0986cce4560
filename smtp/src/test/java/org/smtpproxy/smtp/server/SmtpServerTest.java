package org.smtpproxy.smtp.server;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.Secret;
import org.smtpproxy.testkit.dialogue.Dialogue;
import org.smtpproxy.testkit.dialogue.SocketPeer;

import static org.assertj.core.api.Assertions.assertThat;

/** The transport: limits on connections, deadlines, draining. Deadlines are short, and their effects are waited for. */
@Timeout(60)
class SmtpServerTest {
    private static final Duration SOON = Duration.ofMillis(200);
    private static final Duration LATE = Duration.ofMinutes(10);
    private static final Dialogue UNTIL_CONTENT = Dialogue.parse("until content", """
            S: 220
            C: EHLO c.example
            S: 250
            C: MAIL FROM:<a@a.example>
            S: 250
            C: RCPT TO:<b@b.example>
            S: 250
            C: DATA
            S: 354
            """);
    private static final Dialogue TIMED_OUT = Dialogue.parse("timed out", """
            S: 421 4.4.2
            closed
            """);
    private static final Dialogue SHUT_DOWN = Dialogue.parse("shut down", """
            S: 421 4.3.2
            closed
            """);

    private final Inbox inbox = new Inbox();

    @Test
    void silentClientHearsWhyItIsCutOff() throws Exception {
        Deadlines deadlines = new Deadlines(SOON, LATE, LATE, 1, LATE);
        try (TestServer server = TestServer.withDeadlines(inbox, deadlines);
                SocketPeer peer = server.connect()) {
            Dialogue.parse("banner", "S: 220").play(peer);
            TIMED_OUT.play(peer);
            server.awaitEvent("overdue");
            server.awaitEvent("closed");
        }
    }

    @Test
    void silentClientHearsItUnderTlsToo() throws Exception {
        Deadlines deadlines = new Deadlines(SOON, LATE, LATE, 1, LATE);
        try (TestServer server = TestServer.withDeadlines(inbox, deadlines);
                SocketPeer peer = server.connectForTls()) {
            Dialogue.parse("banner", "starttls\nS: 220").play(peer);
            TIMED_OUT.play(peer);
        }
    }

    @Test
    void drippingCommandIsCutOff() throws Exception {
        Deadlines deadlines = new Deadlines(SOON, LATE, LATE, 1, LATE);
        try (TestServer server = TestServer.withDeadlines(inbox, deadlines);
                SocketPeer peer = server.connect()) {
            Dialogue.parse("banner", "S: 220").play(peer);
            CompletableFuture<Optional<String>> reply = CompletableFuture.supplyAsync(() -> readLine(peer));
            // Only the cut-off ends this, or the test's time.
            while (!reply.isDone()) {
                try {
                    peer.send(new byte[] {'x'});
                } catch (IOException closed) {
                    break;
                }
                reply.completeOnTimeout(Optional.of("no 421 came"), 20, TimeUnit.SECONDS);
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertThat(reply.get()).hasValueSatisfying(line -> assertThat(line).startsWith("421 4.4.2"));
        }
    }

    @Test
    void stalledContentIsCutOffAndForgotten() throws Exception {
        Deadlines deadlines = new Deadlines(LATE, LATE, SOON, 1_000_000, LATE);
        try (TestServer server = TestServer.withDeadlines(inbox, deadlines);
                SocketPeer peer = server.connect()) {
            UNTIL_CONTENT.play(peer);
            TIMED_OUT.play(peer);
            assertThat(inbox.events.take()).isEqualTo("abort");
            assertThat(inbox.events.take()).isEqualTo("closed");
        }
    }

    @Test
    void stalledHandshakeIsCutOff() throws Exception {
        Deadlines deadlines = new Deadlines(LATE, SOON, LATE, 1, LATE);
        try (TestServer server = TestServer.withDeadlines(inbox, deadlines);
                SocketPeer peer = server.connectForTls()) {
            assertThat(peer.readLine()).isEmpty();
            server.awaitEvent("tls failed");
        }
    }

    @Test
    void clientThatReadsNoRepliesIsCutOff() throws Exception {
        Deadlines deadlines = new Deadlines(SOON, LATE, LATE, 1, LATE);
        SessionHandler.Factory talkative = facts -> new Talkative();
        try (TestServer server = TestServer.withDeadlines(talkative, deadlines);
                SocketPeer peer = server.connect()) {
            server.awaitEvent("closed");
        }
    }

    @Test
    void sessionsEnd() throws Exception {
        Deadlines deadlines = new Deadlines(LATE, LATE, LATE, 1, SOON);
        try (TestServer server = TestServer.withDeadlines(inbox, deadlines);
                SocketPeer peer = server.connect()) {
            Dialogue.parse("banner", "S: 220").play(peer);
            TIMED_OUT.play(peer);
        }
    }

    @Test
    void strangersHoldNoSlot() throws Exception {
        Deadlines deadlines = new Deadlines(LATE, LATE, LATE, 1, LATE, SOON);
        try (TestServer server = TestServer.withDeadlines(inbox, deadlines);
                SocketPeer peer = server.connect()) {
            Dialogue.parse("banner", "S: 220").play(peer);
            TIMED_OUT.play(peer);
            server.awaitEvent("overdue");
        }
    }

    @Test
    void whoHasBegunAMessageIsNoStranger() throws Exception {
        Deadlines deadlines = new Deadlines(LATE, LATE, LATE, 1, LATE, Duration.ofSeconds(3));
        try (TestServer server = TestServer.withDeadlines(inbox, deadlines);
                SocketPeer known = server.connect();
                SocketPeer stranger = server.connect()) {
            UNTIL_CONTENT.play(known);
            Dialogue.parse("banner", "S: 220").play(stranger);
            // The stranger came last, so that the other would be gone by now.
            TIMED_OUT.play(stranger);
            Dialogue.parse("goes on", "C: .\nS: 250\nC: NOOP\nS: 250\nC: QUIT\nS: 221")
                    .play(known);
        }
    }

    @Test
    void aSiteCannotTakeAllConnectionsWithTheAddressesOfItsNetwork() throws Exception {
        InetAddress one = InetAddress.getByName("2001:db8:1:2::1");
        assertThat(Listener.countedAs(InetAddress.getByName("2001:db8:1:2:ffff::9")))
                .isEqualTo(Listener.countedAs(one));
        assertThat(Listener.countedAs(InetAddress.getByName("2001:db8:1:3::1"))).isNotEqualTo(Listener.countedAs(one));
        InetAddress ipv4 = InetAddress.getByName("192.0.2.1");
        assertThat(Listener.countedAs(ipv4)).isEqualTo(ipv4);
    }

    @Test
    void fullListenerRefusesAndRecovers() throws Exception {
        try (TestServer server = TestServer.withLimits(inbox, 1, 1);
                SocketPeer first = server.connect()) {
            Dialogue.parse("first", "S: 220").play(first);
            try (SocketPeer second = server.connect()) {
                SHUT_DOWN.play(second);
            }
            server.awaitEvent("LISTENER_FULL");
            Dialogue.parse("first", "C: QUIT\nS: 221\nclosed").play(first);
            server.awaitEvent("closed");
            awaitNoConnections(server);
            try (SocketPeer third = server.connect()) {
                Dialogue.parse("third", "S: 220").play(third);
            }
        }
    }

    @Test
    void oneClientCannotTakeAllConnections() throws Exception {
        try (TestServer server = TestServer.withLimits(inbox, 10, 2);
                SocketPeer first = server.connect();
                SocketPeer second = server.connect()) {
            Dialogue.parse("first", "S: 220").play(first);
            Dialogue.parse("second", "S: 220").play(second);
            try (SocketPeer third = server.connect()) {
                Dialogue.parse("third", "S: 421 4.7.0\nclosed").play(third);
            }
            server.awaitEvent("CLIENT_LIMIT");
        }
    }

    @Test
    void clearTextOnTheTlsPortFails() throws Exception {
        try (TestServer server = TestServer.start(inbox);
                SocketPeer peer = server.connectForTls()) {
            peer.send("EHLO c.example\r\n".getBytes(StandardCharsets.US_ASCII));
            server.awaitEvent("tls failed");
        }
    }

    @Test
    void failingPolicyAtConnectIsTemporary() throws Exception {
        SessionHandler.Factory broken = facts -> {
            throw new IllegalStateException("no policy");
        };
        try (TestServer server = TestServer.start(broken);
                SocketPeer peer = server.connect()) {
            Dialogue.parse("refused", "S: 421 4.3.0 Internal\nclosed").play(peer);
            server.awaitEvent("POLICY");
        }
    }

    @Test
    void drainingEndsIdleSessionsAndLetsMessagesFinish() throws Exception {
        try (TestServer server = TestServer.start(inbox);
                SocketPeer idle = server.connect();
                SocketPeer encrypted = server.connectForTls();
                SocketPeer busy = server.connect()) {
            Dialogue.parse("idle", "S: 220").play(idle);
            Dialogue.parse("encrypted", "starttls\nS: 220").play(encrypted);
            UNTIL_CONTENT.play(busy);
            CompletableFuture<Boolean> drained = CompletableFuture.supplyAsync(() -> drain(server));
            SHUT_DOWN.play(idle);
            SHUT_DOWN.play(encrypted);
            assertThat(drained).isNotDone();
            Dialogue.parse("busy", "C: the last message\nC: .\nS: 250 2.0.0").play(busy);
            SHUT_DOWN.play(busy);
            assertThat(drained.get()).isTrue();
            assertThat(inbox.messages).hasSize(1);
        }
    }

    @Test
    void closingDoesNotWaitForMessages() throws Exception {
        try (TestServer server = TestServer.start(inbox);
                SocketPeer busy = server.connect()) {
            UNTIL_CONTENT.play(busy);
            assertThat(server.drain(Duration.ofMillis(1))).isFalse();
            server.close();
            SHUT_DOWN.play(busy);
            assertThat(inbox.events.take()).isEqualTo("abort");
            assertThat(server.openConnections()).isZero();
        }
    }

    @Test
    void largeContentArrivesWhole() throws Exception {
        Inbox large = new Inbox(new SessionLimits(30_000_000, 10, SessionLimits.BareNewlines.REJECT));
        String content = "0123456789abcdef0123456789abcdef0123456789abcdef\r\n".repeat(100_000);
        try (TestServer server = TestServer.start(large);
                SocketPeer peer = server.connectForTls()) {
            Dialogue.parse("tls", "starttls").play(peer);
            UNTIL_CONTENT.play(peer);
            peer.send((content + ".\r\n").getBytes(StandardCharsets.US_ASCII));
            Dialogue.parse("end", "S: 250 2.0.0\nC: QUIT\nS: 221\nclosed").play(peer);
            assertThat(large.messages.take().content()).isEqualTo(content);
        }
    }

    private static boolean drain(TestServer server) {
        try {
            return server.drain(Duration.ofSeconds(30));
        } catch (InterruptedException stopped) {
            throw new IllegalStateException(stopped);
        }
    }

    private static Optional<String> readLine(SocketPeer peer) {
        try {
            return peer.readLine();
        } catch (IOException broken) {
            return Optional.of(broken.toString());
        }
    }

    private static void awaitNoConnections(TestServer server) throws InterruptedException {
        while (server.openConnections() > 0) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    /** Says more than fits into any socket buffer. */
    private static final class Talkative implements SessionHandler {
        @Override
        public Optional<Reply> connected() {
            String line = "x".repeat(450);
            return Optional.of(new Reply(554, Optional.empty(), Collections.nCopies(40_000, line)));
        }

        @Override
        public Optional<Reply> authenticate(String username, Secret password) {
            return Optional.empty();
        }

        @Override
        public SessionLimits limits() {
            return new SessionLimits(1, 1, SessionLimits.BareNewlines.REJECT);
        }

        @Override
        public MailDecision mail(MailCommand mail) {
            throw new AssertionError("nobody sends mail here");
        }

        @Override
        public void closed() {}
    }
}
