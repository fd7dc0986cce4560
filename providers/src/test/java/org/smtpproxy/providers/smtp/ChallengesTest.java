package org.smtpproxy.providers.smtp;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.LinkedBlockingQueue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Relayed;
import org.smtpproxy.mail.ProviderAnswer.Scope;

import static org.assertj.core.api.Assertions.assertThat;

/** What servers answer to AUTH: a challenge is never taken for a welcome. */
@Timeout(60)
class ChallengesTest {
    private static final String USER = base64("user");
    private static final String PASSWORD = base64("secret");
    private static final String PLAIN = base64("\0user\0secret");

    @Test
    void aServerThatPassesOverTheInitialResponseGetsItAgain() throws Exception {
        try (Server server = new Server("PLAIN", "334 ", "235 2.7.0 Welcome", "250 Ok", "250 Ok", "354 Go", "250 Ok");
                Account account = account(server)) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(server.lines).containsSequence("AUTH PLAIN " + PLAIN, PLAIN, "MAIL FROM:<from@example.com>");
        }
    }

    @Test
    void challengesOfLoginAreAnswered() throws Exception {
        try (Server server =
                        new Server("LOGIN", "334 ", "334 ", "235 Welcome", "250 Ok", "250 Ok", "354 Go", "250 Ok");
                Account account = account(server)) {
            assertThat(account.answer(Outgoing.message())).isInstanceOf(Relayed.class);
            assertThat(server.lines).containsSequence("AUTH LOGIN", USER, PASSWORD, "MAIL FROM:<from@example.com>");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PLAIN | 334 , 334 ",
                "PLAIN | 354 more",
                "PLAIN | 334 , 354 more",
                "PLAIN | 150 wait",
                "PLAIN | 334 , 150 wait",
                "LOGIN | 334 , 334 , 334 ",
                "LOGIN | 334 , 334 , 354 more",
                "LOGIN | 334 , 334 , 150 wait",
                "LOGIN | 334 , 354 more",
                "LOGIN | 150 wait",
            })
    void aChallengeWhenAllWasSaidIsNoSuccess(String mechanism, String replies) throws Exception {
        try (Server server = new Server(mechanism, replies.split(",", -1));
                Account account = account(server)) {
            ProviderAnswer answer = account.answer(Outgoing.message());

            assertThat(answer).isInstanceOfSatisfying(Refused.class, refused -> {
                assertThat(refused.scope()).isEqualTo(Scope.SESSION);
                assertThat(refused.kind()).isEqualTo(Kind.TRANSIENT);
                assertThat(refused.reply().toString()).startsWith("451 4.5.0").contains("broke the protocol at AUTH");
            });
            assertThat(server.lines).noneMatch(line -> line.startsWith("MAIL"));
        }
    }

    private static Account account(Server server) {
        return Account.at(server.port(), "tls", "none", "username", "user", "password", "secret");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Answers whatever it hears with the next of its replies, up to the last. */
    private static final class Server implements AutoCloseable {
        private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();
        private final Queue<String> replies;
        private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final Thread thread;

        /** @param replies those behind the reply to EHLO */
        Server(String mechanism, String... replies) throws IOException {
            this.replies = new ArrayDeque<>(List.of(replies));
            thread = Thread.startVirtualThread(() -> serve("250-here\r\n250 AUTH " + mechanism));
        }

        int port() {
            return listener.getLocalPort();
        }

        private void serve(String ehlo) {
            try (Socket client = listener.accept();
                    BufferedReader in = new BufferedReader(
                            new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII))) {
                say(client, "220 here");
                lines.add(in.readLine());
                say(client, ehlo);
                for (String line = in.readLine(); line != null && !replies.isEmpty(); line = in.readLine()) {
                    lines.add(line);
                    say(client, replies.remove().strip());
                    if (line.equals("DATA")) {
                        in.lines().takeWhile(text -> !text.equals(".")).forEach(lines::add);
                        say(client, replies.remove());
                    }
                }
            } catch (IOException gone) {
                lines.add("lost: " + gone);
            }
        }

        private static void say(Socket client, String reply) throws IOException {
            client.getOutputStream().write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public void close() throws Exception {
            listener.close();
            thread.join();
        }
    }
}
