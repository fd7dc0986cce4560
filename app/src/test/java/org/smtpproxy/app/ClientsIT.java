package org.smtpproxy.app;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.testkit.dialogue.Dialogue;
import org.smtpproxy.testkit.dialogue.SocketPeer;
import org.smtpproxy.testkit.process.ForeignProgram;
import org.smtpproxy.testkit.process.ForeignProgram.Ended;
import org.smtpproxy.testkit.process.ProxyProcess;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Clients that other people wrote, each with both ways to log in and both ways to encrypt. Every test has a recipient
 * of its own, by which the API tells what arrived.
 */
class ClientsIT {
    /** Large messages on a busy machine need their time. */
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private static final String STATE = """
            tenants:
              - id: acme
                credentials: [{username: app, password: secret}]
                providers: [{id: kept, type: capture}]
            """;
    private static final byte[] MESSAGE =
            "From: a@acme.example\nSubject: hello\n\n.dots\n..more\n".getBytes(StandardCharsets.UTF_8);
    private static final List<String> PYTHON = List.of("python3", script("smtplib_client.py"));
    private static final List<String> NODEMAILER = List.of("node", script("nodemailer.mjs"));

    /** Becomes about 26,000,000 octets in base64, just below the default limit of 26,214,400. */
    private static final String LARGE_ATTACHMENT = "19000000";

    private static final String TOO_LARGE_ATTACHMENT = "19500000";

    @TempDir
    private static Path folder;

    private static ProxyProcess proxy;

    @BeforeAll
    static void start() throws Exception {
        proxy = Packaged.command(folder.resolve("data"), STATE).start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    static Stream<Arguments> ways() {
        return Stream.of("starttls", "implicit")
                .flatMap(tls -> Stream.of("plain", "login").map(auth -> Arguments.of(tls, auth)));
    }

    static Stream<List<String>> libraries() {
        return Stream.of(PYTHON, NODEMAILER);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void swaks(String tls, String auth) throws Exception {
        String recipient = "swaks-" + tls + "-" + auth + "@b.example";
        run(
                "swaks",
                "--server",
                "127.0.0.1:" + port(tls),
                tls.equals("implicit") ? "--tls-on-connect" : "--tls",
                "--auth",
                auth,
                "--auth-user",
                "app",
                "--auth-password",
                "secret",
                "--from",
                "a@acme.example",
                "--to",
                recipient);
        assertArrived(1, recipient);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void msmtp(String tls, String auth) throws Exception {
        String recipient = "msmtp-" + tls + "-" + auth + "@b.example";
        run(
                "msmtp",
                "--host=127.0.0.1",
                "--port=" + port(tls),
                "--tls=on",
                "--tls-certcheck=off",
                "--tls-starttls=" + (tls.equals("starttls") ? "on" : "off"),
                "--auth=" + auth,
                "--user=app",
                "--passwordeval=echo secret",
                "--from=a@acme.example",
                recipient);
        assertArrived(1, recipient);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void curl(String tls, String auth) throws Exception {
        String recipient = "curl-" + tls + "-" + auth + "@b.example";
        run(
                "curl",
                "--silent",
                "--show-error",
                "--insecure",
                "--ssl-reqd",
                "--crlf",
                "--url",
                (tls.equals("implicit") ? "smtps" : "smtp") + "://127.0.0.1:" + port(tls),
                "--user",
                "app:secret",
                "--login-options",
                "AUTH=" + auth.toUpperCase(java.util.Locale.ROOT),
                "--mail-from",
                "a@acme.example",
                "--mail-rcpt",
                recipient,
                "--upload-file",
                "-");
        assertArrived(1, recipient);
        assertThat(content(recipient)).endsWith("\r\n\r\n.dots\r\n..more\r\n");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void smtplibWithSeveralMessagesOnAConnection(String tls, String auth) throws Exception {
        String recipient = "smtplib-" + tls + "-" + auth + "@b.example";
        run(library(PYTHON, tls, auth, "--to", recipient, "--count", "5"));
        assertArrived(5, recipient);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void nodemailerWithSeveralMessagesOnAConnection(String tls, String auth) throws Exception {
        String recipient = "nodemailer-" + tls + "-" + auth + "@b.example";
        run(library(NODEMAILER, tls, auth, "--to", recipient, "--count", "5"));
        assertArrived(5, recipient);
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void addressesInUtf8(List<String> client) throws Exception {
        String recipient = "δοκιμή-" + client.getFirst() + "@παράδειγμα.example";
        run(library(client, "starttls", "plain", "--to", recipient, "--utf8"));
        assertArrived(1, recipient);
        assertThat(captured(recipient).getFirst().get("sender").asString()).isEqualTo("jürgen@bücher.example");
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void aBodyOfOneOctet(List<String> client) throws Exception {
        String recipient = "one-octet-" + client.getFirst() + "@b.example";
        run(library(client, "starttls", "plain", "--to", recipient, "--size", "1"));
        assertArrived(1, recipient);
        assertThat(content(recipient)).containsPattern("\r\n\r\n\\.+(\r\n)?$");
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void aMessageJustBelowTheLimit(List<String> client) throws Exception {
        String recipient = "large-" + client.getFirst() + "@b.example";
        run(library(client, "starttls", "plain", "--to", recipient, "--attachment", LARGE_ATTACHMENT));
        assertArrived(1, recipient);
        assertThat(captured(recipient).getFirst().get("size").asLong()).isGreaterThan(25_000_000);
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void aMessageAboveTheLimitIsRefused(List<String> client) throws Exception {
        String recipient = "too-large-" + client.getFirst() + "@b.example";
        Ended refused =
                send(library(client, "starttls", "plain", "--to", recipient, "--attachment", TOO_LARGE_ATTACHMENT));
        assertThat(refused.succeeded()).isFalse();
        assertThat(refused.output()).contains("552");
        assertThat(captured(recipient)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("libraries")
    void aThousandRecipients(List<String> client) throws Exception {
        String name = "many-" + client.getFirst() + "-";
        run(library(client, "implicit", "plain", "--to", name + "@b.example", "--recipients", "1000"));
        assertArrived(1, name + "0@b.example");
        assertThat(captured(name + "0@b.example").getFirst().get("recipients"))
                .extracting(JsonNode::asString)
                .hasSize(1000)
                .doesNotHaveDuplicates()
                .allMatch(address -> address.startsWith(name));
    }

    @Test
    void oneRecipientTooMany() throws Exception {
        Ended refused = send(library(PYTHON, "starttls", "plain", "--to", "crowd-@b.example", "--recipients", "1001"));
        assertThat(refused.output()).contains("crowd-1000@b.example").contains("452");
        assertArrived(1, "crowd-0@b.example");
        assertThat(captured("crowd-0@b.example").getFirst().get("recipients").size())
                .isEqualTo(1000);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 1_000_000})
    void chunksOfAnySize(int size) throws Exception {
        String recipient = "chunks-" + size + "@b.example";
        String conversation = """
                starttls
                S: 220
                C: EHLO client.example
                S: 250
                C: AUTH PLAIN AGFwcABzZWNyZXQ=
                S: 235
                C: MAIL FROM:<a@acme.example>
                S: 250
                C: RCPT TO:<%s>
                S: 250
                C> BDAT 10\\r\\nSubject: x
                S: 250
                C> BDAT 4\\r\\n\\r\\n\\r\\n
                S: 250
                C> BDAT %d LAST\\r\\n%s
                S: 250
                C: QUIT
                S: 221
                closed
                """.formatted(recipient, size, "y".repeat(size));
        try (SocketPeer peer =
                SocketPeer.connect(proxy.smtps().getAddress(), proxy.smtps().getPort(), PATIENCE)) {
            Dialogue.parse("chunks", conversation).play(peer);
        }
        assertArrived(1, recipient);
        assertThat(content(recipient)).contains("\r\nSubject: x\r\n").endsWith("\r\n\r\n" + "y".repeat(size));
    }

    private static List<String> library(List<String> client, String tls, String auth, String... more) {
        List<String> command = new ArrayList<>(client);
        command.addAll(List.of("--port", Integer.toString(port(tls)), "--user", "app", "--password", "secret"));
        command.addAll(List.of("--tls", tls, "--auth", auth));
        command.addAll(List.of(more));
        return command;
    }

    private static int port(String tls) {
        return (tls.equals("implicit") ? proxy.smtps() : proxy.smtp()).getPort();
    }

    private static void run(String... command) throws Exception {
        run(List.of(command));
    }

    private static void run(List<String> command) throws Exception {
        Ended ended = send(command);
        assertThat(ended.succeeded()).as(ended.output()).isTrue();
    }

    private static Ended send(List<String> command) throws Exception {
        return ForeignProgram.run(command, MESSAGE, PATIENCE);
    }

    private static void assertArrived(int count, String recipient) throws Exception {
        Packaged.await(count + " for " + recipient, () -> captured(recipient).size() >= count);
        assertThat(captured(recipient)).hasSize(count);
    }

    private static List<JsonNode> captured(String recipient) throws Exception {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode message : JsonMapper.shared()
                .readTree(Packaged.api(proxy, "tenants/acme/captured?limit=500"))
                .get("items")) {
            for (JsonNode address : message.get("recipients")) {
                if (address.asString().equals(recipient)) {
                    found.add(message);
                }
            }
        }
        return found;
    }

    private static String content(String recipient) throws Exception {
        String id = captured(recipient).getFirst().get("id").asString();
        return Packaged.api(proxy, "tenants/acme/captured/" + id + "/raw");
    }

    private static String script(String name) {
        return Packaged.root().resolve("clients").resolve(name).toString();
    }
}
