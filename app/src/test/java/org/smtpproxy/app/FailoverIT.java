package org.smtpproxy.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.smtpproxy.testkit.load.SmtpReply;
import org.smtpproxy.testkit.process.FreePort;
import org.smtpproxy.testkit.process.ProxyProcess;
import org.smtpproxy.testkit.sink.SinkFault;
import org.smtpproxy.testkit.sink.SinkMessage;
import org.smtpproxy.testkit.sink.SinkScript;
import org.smtpproxy.testkit.sink.SinkStep;
import org.smtpproxy.testkit.sink.SmtpSink;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A provider that refuses us, or can't carry a message, hands it to the next one of the route; mail bounces only for
 * what it is. Each tenant has two providers that behave in their own way. With the first retry an hour away, only the
 * first attempt can bring anything; the log, in JSON, tells of every step whose it is.
 */
class FailoverIT {
    private static final String EIGHT_BIT =
            "Date: today\r\nMessage-ID: <x@a.example>\r\nSubject: x\r\n\r\nGr\u00fc\u00dfe\r\n";

    @TempDir
    private static Path folder;

    private static final List<SmtpSink> REFUSING = new ArrayList<>();
    private static final SmtpSink WILLING = new SmtpSink(new SinkScript());
    private static final SmtpSink NARROW = new SmtpSink(
            new SinkScript().without("8BITMIME").without("SMTPUTF8").without("CHUNKING"));
    private static final SmtpSink BUSY =
            new SmtpSink(new SinkScript().on(SinkStep.RCPT, SinkFault.reply("451 4.3.0 busy")));
    private static final SmtpSink STRICT =
            new SmtpSink(new SinkScript().on(SinkStep.RCPT, SinkFault.reply("550 5.1.1 no such user")));

    private static ProxyProcess proxy;

    /** How a first provider refuses us or the sender, rather than the mail. */
    enum Refusal {
        DEAD(""),
        BANNER("554 5.3.2 not today"),
        EHLO("550 5.7.0 go away"),
        STARTTLS_IS_NOT_OFFERED(""),
        STARTTLS("502 5.5.1 not with you"),
        STARTTLS_IS_NOT_READY("454 4.7.0 TLS not available"),
        AUTH("535 5.7.8 who are you"),
        MAIL("550 5.7.1 account suspended"),
        TRANSIENT_RECIPIENT("451 4.3.0 busy"),
        RELAYING_AT_RECIPIENT("550 5.7.1 Relaying denied"),
        SENDER_AT_RECIPIENT("550 5.7.1 Sender address rejected: not owned by user"),
        TRANSIENT_CONTENT("451 4.3.0 out of order"),
        PROVIDER_AT_CONTENT("554 5.7.1 Your account has been suspended"),
        SENDER_AT_CONTENT("550 5.7.26 Unauthenticated mail of this domain is not accepted"),
        UNVERIFIED_SENDER_AT_CONTENT("554 5.7.1 Message rejected: the sender's address is not verified");

        private final String reply;

        Refusal(String reply) {
            this.reply = reply;
        }

        SinkScript script() {
            SinkScript script = new SinkScript().login("PLAIN", "us", "word");
            SinkFault fault = SinkFault.reply(reply);
            return switch (this) {
                case DEAD, STARTTLS_IS_NOT_OFFERED -> script;
                case BANNER -> script.on(SinkStep.GREETING, SinkFault.replyAndClose(reply));
                case EHLO -> script.on(SinkStep.EHLO, fault).on(SinkStep.HELO, fault);
                case STARTTLS, STARTTLS_IS_NOT_READY ->
                    script.offering("STARTTLS").on(SinkStep.STARTTLS, fault);
                case AUTH -> script.on(SinkStep.AUTH, fault);
                case MAIL -> script.on(SinkStep.MAIL, fault);
                case TRANSIENT_RECIPIENT, RELAYING_AT_RECIPIENT, SENDER_AT_RECIPIENT -> script.on(SinkStep.RCPT, fault);
                case TRANSIENT_CONTENT, PROVIDER_AT_CONTENT, SENDER_AT_CONTENT, UNVERIFIED_SENDER_AT_CONTENT ->
                    script.on(SinkStep.CONTENT, fault);
            };
        }

        String tls() {
            return name().startsWith("STARTTLS") ? "required" : "none";
        }

        String tenant() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    @BeforeAll
    static void start() throws Exception {
        StringBuilder state = new StringBuilder("tenants:\n");
        for (Refusal refusal : Refusal.values()) {
            SmtpSink sink = new SmtpSink(refusal.script());
            REFUSING.add(sink);
            int port = refusal == Refusal.DEAD ? FreePort.find() : sink.port();
            state.append(tenant(
                    refusal.tenant(),
                    "port: %d, tls: %s, username: us, password: word".formatted(port, refusal.tls()),
                    plain(WILLING)));
        }
        state.append(tenant("narrow-first", plain(NARROW), plain(WILLING)));
        state.append(tenant("narrow", plain(NARROW), plain(NARROW)));
        state.append(tenant("busy", plain(BUSY), plain(BUSY)));
        state.append(tenant("strict-first", plain(STRICT), plain(WILLING)));
        proxy = Packaged.command(folder.resolve("data"), state.toString())
                .with("--log", "json")
                .start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
        REFUSING.forEach(SmtpSink::close);
        List.of(WILLING, NARROW, BUSY, STRICT).forEach(SmtpSink::close);
    }

    @ParameterizedTest
    @EnumSource
    void theSecondProviderTakesItInTheSameAttempt(Refusal refusal) throws Exception {
        String id = submit(refusal.tenant(), "<a@acme.example>", "bob@b.example", EIGHT_BIT);
        JsonNode relayed = record(id, "relayed");
        assertThat(relayed.get("provider").asString()).endsWith("second");
        assertThat(relayed.get("attempt").asInt()).isEqualTo(1);
        assertThat(record(id, "refused").get("provider").asString()).endsWith("first");
        assertThat(record(id, "refused").get("response").asString()).contains(refusal.reply);
        assertThat(records(id)).extracting(FailoverIT::event).doesNotContain("deferred", "bounced");
        assertThat(arrived(WILLING, id)).hasSize(1);
        assertThat(arrived(WILLING, id).getFirst().text()).endsWith("\r\n" + EIGHT_BIT);
        assertThat(REFUSING).flatExtracting(SmtpSink::messages).noneMatch(SinkMessage::acknowledged);
    }

    @Test
    void aRecipientRefusedForGoodIsNotTriedAtTheNextProvider() throws Exception {
        String id = submit("strict-first", "<a@acme.example>", "bob@b.example", EIGHT_BIT);
        JsonNode bounced = record(id, "bounced");
        assertThat(bounced.get("response").asString()).isEqualTo("550 5.1.1 no such user");
        assertThat(bounced.get("provider").asString()).endsWith("first");
        assertThat(arrived(WILLING, id)).isEmpty();
    }

    @Test
    void anEightBitMessageGoesToTheProviderThatCanCarryIt() throws Exception {
        String id = submit("narrow-first", "<a@acme.example> BODY=8BITMIME", "bob@b.example", EIGHT_BIT);
        assertThat(record(id, "relayed").get("provider").asString()).endsWith("second");
        assertThat(record(id, "refused").get("response").asString()).startsWith("554 5.6.3 ");
        SinkMessage message = arrived(WILLING, id).getFirst();
        assertThat(message.text()).endsWith("\r\n" + EIGHT_BIT);
        assertThat(message.mail()).contains(" BODY=8BITMIME").doesNotContain("SMTPUTF8");
    }

    @Test
    void aMessageWithAUtf8AddressGoesToTheProviderThatCanCarryIt() throws Exception {
        String recipient = "\u03b4\u03bf\u03ba\u03b9\u03bc\u03ae@b.example";
        String id = submit(
                "narrow-first",
                "<j\u00fcrgen@acme.example> SMTPUTF8",
                recipient,
                "Date: today\r\nMessage-ID: <x@a.example>\r\nSubject: x\r\n\r\nx\r\n");
        assertThat(record(id, "relayed").get("provider").asString()).endsWith("second");
        assertThat(record(id, "refused").get("response").asString()).startsWith("553 5.6.7 ");
        SinkMessage message = arrived(WILLING, id).getFirst();
        assertThat(message.mail())
                .startsWith("MAIL FROM:<j\u00fcrgen@acme.example>")
                .contains(" SMTPUTF8");
        assertThat(message.recipients()).containsExactly("RCPT TO:<" + recipient + ">");
    }

    @Test
    void plainMailGoesToTheProviderThatCanCarryNothingElse() throws Exception {
        String id = submit(
                "narrow-first",
                "<a@acme.example>",
                "bob@b.example",
                "Date: today\r\nMessage-ID: <x@a.example>\r\nSubject: x\r\n\r\nx\r\n");
        assertThat(record(id, "relayed").get("provider").asString()).endsWith("first");
        assertThat(arrived(NARROW, id)).hasSize(1);
    }

    @Test
    void aMessageThatNoProviderCanCarryBounces() throws Exception {
        String eightBit = submit("narrow", "<a@acme.example> BODY=8BITMIME", "bob@b.example", EIGHT_BIT);
        assertThat(record(eightBit, "bounced").get("response").asString())
                .startsWith("554 5.6.3 ")
                .contains("8BITMIME");
        String utf8 = submit(
                "narrow",
                "<j\u00fcrgen@acme.example> SMTPUTF8",
                "bob@b.example",
                "Date: today\r\nMessage-ID: <x@a.example>\r\nSubject: x\r\n\r\nx\r\n");
        assertThat(record(utf8, "bounced").get("response").asString())
                .startsWith("553 5.6.7 ")
                .contains("SMTPUTF8");
        assertThat(arrived(NARROW, eightBit)).isEmpty();
        assertThat(arrived(NARROW, utf8)).isEmpty();
        Packaged.await(
                "an empty queue",
                () -> JsonMapper.shared()
                        .readTree(Packaged.api(proxy, "queue"))
                        .get("items")
                        .valueStream()
                        .noneMatch(lane -> lane.get("tenant").asString().equals("narrow")));
    }

    @Test
    void everyRecordOfARefusalTellsWhoseItIs() throws Exception {
        String bounced = submit("strict-first", "<a@acme.example>", "bob@b.example", EIGHT_BIT);
        assertTellsWhoseItIs(bounced, "strict-first", "accepted", "bounced");
        String deferred = submit("busy", "<a@acme.example>", "bob@b.example", EIGHT_BIT);
        assertTellsWhoseItIs(deferred, "busy", "accepted", "refused", "refused", "deferred");
    }

    @Test
    void aRejectedMessageIsToldWithItsTenant() throws Exception {
        SmtpReply refused = RawClient.of(proxy, "busy")
                .send("<a@acme.example>", "bob@b.example", "Received: a\r\n".repeat(51) + "\r\nround and round\r\n");
        assertThat(refused.code()).isEqualTo(554);
        Packaged.await("the record", () -> proxy.stderr().contains("\"rejected\""));
        JsonNode rejected = records("\"rejected\"").getFirst();
        assertThat(rejected.get("tenant").isString()).as(rejected.toString()).isTrue();
        assertThat(rejected.get("tenant").asString()).isEqualTo("busy");
        assertThat(rejected.get("id").asString()).hasSize(26);
    }

    private static void assertTellsWhoseItIs(String id, String tenant, String... events) throws Exception {
        record(id, events[events.length - 1]);
        List<JsonNode> records = records(id);
        assertThat(records).extracting(FailoverIT::event).containsExactlyInAnyOrder(events);
        for (JsonNode each : records) {
            assertThat(each.get("tenant").isString()).as(each.toString()).isTrue();
            assertThat(each.get("tenant").asString()).isEqualTo(tenant);
            assertThat(each.get("session_id").asString())
                    .isNotEmpty()
                    .isEqualTo(records.getFirst().get("session_id").asString());
        }
    }

    private static String tenant(String id, String first, String second) {
        return """
                  - id: %1$s
                    credentials: [{username: %1$s, password: pass-word}]
                    retry: {initial: 1h}
                    providers:
                      - {id: first, type: smtp, host: 127.0.0.1, %2$s}
                      - {id: second, type: smtp, host: 127.0.0.1, %3$s}
                    routes: [{name: default, to: [first, second]}]
                """.formatted(id, first, second);
    }

    private static String plain(SmtpSink sink) {
        return "port: %d, tls: none".formatted(sink.port());
    }

    /** The id of the 250. */
    private static String submit(String tenant, String mail, String recipient, String content) throws IOException {
        SmtpReply reply = RawClient.of(proxy, tenant).send(mail, recipient, content);
        assertThat(reply.toString()).startsWith("250 2.0.0 Ok: queued as ");
        return reply.text().replaceFirst(".* as ", "");
    }

    /** Waits for the log to tell so of a message. */
    private static JsonNode record(String id, String event) throws Exception {
        List<JsonNode> found = new ArrayList<>();
        Packaged.await(event + " of " + id, () -> {
            found.addAll(records(id).stream()
                    .filter(record -> event(record).equals(event))
                    .toList());
            return !found.isEmpty();
        });
        return found.getFirst();
    }

    private static List<JsonNode> records(String id) {
        return proxy.stderr()
                .lines()
                .filter(line -> line.contains(id))
                .map(JsonMapper.shared()::readTree)
                .toList();
    }

    private static String event(JsonNode record) {
        return record.get("message").asString();
    }

    private static List<SinkMessage> arrived(SmtpSink sink, String id) {
        return sink.messages().stream()
                .filter(message -> message.text().contains(id))
                .toList();
    }
}
