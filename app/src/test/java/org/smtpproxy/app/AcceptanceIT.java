package org.smtpproxy.app;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.load.SmtpConnection;
import org.smtpproxy.testkit.load.SmtpReply;
import org.smtpproxy.testkit.process.ProxyProcess;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is taken of whom, and with which header it is kept: limits, senders, loops, line ends. The tenants differ in
 * what their state says; each test has a recipient of its own, by which the API tells what arrived.
 */
class AcceptanceIT {
    private static final String STATE = """
            tenants:
              - id: nearby
                trustedNetworks: ["127.0.0.1/32"]
                providers: [{id: kept, type: capture}]
              - id: small
                credentials: [{username: small, password: pass-word}]
                limits: {maxMessageBytes: 1000, maxRecipients: 2}
                providers: [{id: kept, type: capture}]
              - id: strict
                credentials: [{username: strict, password: pass-word}]
                senders: [strict.example, "*.strict.example"]
                providers: [{id: kept, type: capture}]
              - id: mending
                credentials: [{username: mending, password: pass-word}]
                bareNewlines: normalize
                providers: [{id: kept, type: capture}]
            """;

    /** Bare line ends of both kinds, alone and beside right ones. */
    private static final String TORN_BODY = "one\ntwo\rthree\r\nfour\n\nfive\r\rsix\n\rseven\r\n";

    private static final String MENDED_BODY = "one\r\ntwo\r\nthree\r\nfour\r\n\r\nfive\r\n\r\nsix\r\n\r\nseven\r\n";

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

    @Test
    void aLoginWinsOverTheNetworkOfAnotherTenant() throws Exception {
        assertAccepted(RawClient.of(proxy).send("<a@a.example>", "trusted@b.example", "Subject: x\r\n\r\nx\r\n"));
        assertAccepted(RawClient.of(proxy, "strict")
                .send("<a@strict.example>", "login@b.example", fromStrict("a@strict.example")));
        kept("nearby", "trusted@b.example");
        kept("strict", "login@b.example");
        assertThat(captured("nearby")).doesNotContain("login@b.example");
        assertThat(captured("strict")).doesNotContain("trusted@b.example");
    }

    @Test
    void aMessageAboveTheTenantsLimitIsRefusedWhenDeclaredAndWhenSent() throws Exception {
        RawClient small = RawClient.of(proxy, "small");
        SmtpConnection connection = small.target().connect();
        try {
            assertThat(connection.command("EHLO client.example").text().lines()).contains("SIZE 1000");
            assertRefused(connection.command("MAIL FROM:<a@a.example> SIZE=1001"), 552, "5.3.4");
            assertThat(connection.command("MAIL FROM:<a@a.example> SIZE=1000").code())
                    .isEqualTo(250);
        } finally {
            connection.quit();
        }
        String most = "Subject: x\r\n\r\n" + "y".repeat(984) + "\r\n";
        assertThat(most).hasSize(1000);
        assertAccepted(small.send("<a@a.example>", "just@b.example", most));
        assertRefused(small.send("<a@a.example>", "beyond@b.example", "X" + most), 552, "5.3.4");
        kept("small", "just@b.example");
        assertThat(captured("small")).doesNotContain("beyond@b.example");
    }

    @Test
    void recipientsAboveTheTenantsLimitAreToldToComeLater() throws Exception {
        SmtpConnection connection = RawClient.of(proxy, "small").target().connect();
        try {
            connection.command("MAIL FROM:<a@a.example>");
            assertThat(connection.command("RCPT TO:<first@b.example>").code()).isEqualTo(250);
            assertThat(connection.command("RCPT TO:<second@b.example>").code()).isEqualTo(250);
            assertRefused(connection.command("RCPT TO:<third@b.example>"), 452, "4.5.3");
            assertThat(connection.command("DATA").code()).isEqualTo(354);
            assertAccepted(RawClient.content(connection, "Subject: x\r\n\r\nx\r\n"));
        } finally {
            connection.quit();
        }
        kept("small", "second@b.example");
        assertThat(captured("small")).contains("first@b.example").doesNotContain("third@b.example");
    }

    @Test
    void aMessageThatHasPassedMoreThanFiftyServersIsALoop() throws Exception {
        RawClient client = RawClient.of(proxy);
        String hop = "Received: from a.example by b.example; Tue, 24 Nov 2026 08:00:00 +0000\r\n";
        assertRefused(
                client.send("<a@a.example>", "looping@b.example", hop.repeat(51) + "Subject: x\r\n\r\nx\r\n"),
                554,
                "5.4.6");
        assertAccepted(client.send("<a@a.example>", "travelled@b.example", hop.repeat(50) + "Subject: x\r\n\r\nx\r\n"));
        kept("nearby", "travelled@b.example");
        assertThat(captured("nearby")).doesNotContain("looping@b.example");
    }

    @Test
    void theFromHeaderIsHeldToTheTenantsSenders() throws Exception {
        RawClient client = RawClient.of(proxy, "strict");
        for (String foreign : List.of(
                "boss@other.example",
                "\"a@strict.example\" <boss@other.example>",
                "a@strict.example,\r\n boss@other.example")) {
            assertRefused(client.send("<a@strict.example>", "foreign@b.example", fromStrict(foreign)), 550, "5.7.1");
        }
        String own = "\"boss@other.example\" <a@news.strict.example>";
        assertAccepted(client.send("<a@strict.example>", "own@b.example", fromStrict(own)));
        assertThat(kept("strict", "own@b.example")).contains("From: " + own + "\r\n");
        assertThat(captured("strict")).doesNotContain("foreign@b.example");
    }

    @Test
    void dateAndMessageIdAreAddedWhereMissing() throws Exception {
        SmtpReply reply = RawClient.of(proxy).send("<a@a.example>", "bare@b.example", "Subject: x\r\n\r\nbody\r\n");
        assertAccepted(reply);
        String id = reply.text().replaceFirst(".* as ", "");
        String content = kept("nearby", "bare@b.example");
        assertThat(content.lines().filter(line -> line.matches("\\S.*")).toList())
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("Received: from load.test ([127.0.0.1])"),
                        line -> assertThat(line).isEqualTo("Subject: x"),
                        line -> assertThat(line)
                                .matches(
                                        "Date: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d{1,2} \\w{3} \\d{4} [\\d:]{8} \\+0000"),
                        line -> assertThat(line).matches("Message-ID: <" + id + "@\\S+>"),
                        line -> assertThat(line).isEqualTo("body"));
    }

    @Test
    void dateAndMessageIdAreKeptWhereTheyAre() throws Exception {
        String header = "message-id:<mine@a.example>\r\nSubject: x\r\nDATE: yesterday\r\n";
        assertAccepted(RawClient.of(proxy).send("<a@a.example>", "full@b.example", header + "\r\nbody\r\n"));
        assertThat(kept("nearby", "full@b.example"))
                .endsWith("\r\n" + header + "\r\nbody\r\n")
                .doesNotContain("Message-ID:", "Date:");
    }

    @Test
    void nobodyLearnsOfBlindCopies() throws Exception {
        String content =
                "Bcc: secret@b.example\r\nDate: today\r\nMessage-ID: <x@a.example>\r\nTo: open@b.example\r\nBCC:\r\n another@b.example,\r\n\tthird@b.example\r\n"
                        + "Subject: Bcc\r\nResent-Bcc: fourth@b.example\r\n\r\nBcc: body@b.example\r\n";
        assertAccepted(RawClient.of(proxy).send("<a@a.example>", "blind@b.example", content));
        assertThat(kept("nearby", "blind@b.example"))
                .endsWith("\r\nTo: open@b.example\r\nSubject: Bcc\r\n\r\nBcc: body@b.example\r\n")
                .doesNotContain("secret@", "another@", "third@", "fourth@");
    }

    @Test
    void bareLineEndsAreRefusedUnlessTheTenantWantsThemMended() throws Exception {
        for (String body : List.of("one\ntwo\r\n", "one\rtwo\r\n")) {
            assertRefused(
                    RawClient.of(proxy).send("<a@a.example>", "torn@b.example", "Subject: x\r\n\r\n" + body),
                    550,
                    "5.6.0");
        }
        assertThat(captured("nearby")).doesNotContain("torn@b.example");
        assertAccepted(RawClient.of(proxy, "mending")
                .send(
                        "<a@a.example>",
                        "data@b.example",
                        "Date: today\nMessage-ID: <x@a.example>\nSubject: x\r\n\r\n" + TORN_BODY));
        assertThat(kept("mending", "data@b.example"))
                .endsWith("\r\nDate: today\r\nMessage-ID: <x@a.example>\r\nSubject: x\r\n\r\n" + MENDED_BODY);
    }

    @Test
    void bareLineEndsAreMendedInChunksAlike() throws Exception {
        SmtpConnection connection = RawClient.of(proxy, "mending").target().connect();
        try {
            connection.command("MAIL FROM:<a@a.example>");
            connection.command("RCPT TO:<chunks@b.example>");
            byte[] content = ("Date: today\r\nMessage-ID: <x@a.example>\r\nSubject: x\r\n\r\n" + TORN_BODY)
                    .getBytes(StandardCharsets.US_ASCII);
            // Every CR and LF is the end of one chunk or the beginning of another.
            for (byte octet : content) {
                connection.send("BDAT 1");
                connection.content(new byte[] {octet}, 0, 1);
                assertThat(connection.reply().code()).isEqualTo(250);
            }
            assertAccepted(connection.command("BDAT 0 LAST"));
        } finally {
            connection.quit();
        }
        assertThat(kept("mending", "chunks@b.example"))
                .endsWith("\r\nDate: today\r\nMessage-ID: <x@a.example>\r\nSubject: x\r\n\r\n" + MENDED_BODY);
    }

    private static String fromStrict(String from) {
        return "From: " + from + "\r\nSubject: x\r\n\r\nx\r\n";
    }

    private static void assertAccepted(SmtpReply reply) {
        assertThat(reply.toString()).startsWith("250 2.0.0 Ok: queued as ");
    }

    private static void assertRefused(SmtpReply reply, int code, String enhanced) {
        assertThat(reply.toString()).startsWith(code + " " + enhanced + " ");
    }

    /** Waits for the one message to a recipient, and tells its content. */
    private static String kept(String tenant, String recipient) throws Exception {
        Callable<List<String>> ids = () -> JsonMapper.shared()
                .readTree(captured(tenant))
                .get("items")
                .valueStream()
                .filter(message -> message.get("recipients")
                        .valueStream()
                        .anyMatch(to -> to.asString().equals(recipient)))
                .map(message -> message.get("id").asString())
                .toList();
        Packaged.await("mail for " + recipient, () -> !ids.call().isEmpty());
        assertThat(ids.call()).hasSize(1);
        return Packaged.api(
                proxy, "tenants/" + tenant + "/captured/" + ids.call().getFirst() + "/raw");
    }

    private static String captured(String tenant) throws Exception {
        return Packaged.api(proxy, "tenants/" + tenant + "/captured?limit=500");
    }
}
