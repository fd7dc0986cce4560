package org.smtpproxy.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.process.ForeignProgram;
import org.smtpproxy.testkit.process.ForeignProgram.Ended;
import org.smtpproxy.testkit.process.ProxyProcess;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** What an operator watches, after one message and one refused login: health, metrics, logs. */
class OperationsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String STATE = """
            tenants:
              - id: acme
                credentials: [{username: app, password: pass-phrase}]
                providers: [{id: kept, type: capture}]
            """;

    @TempDir
    private static Path folder;

    private static ProxyProcess proxy;
    private static String id;

    @BeforeAll
    static void oneMessageAndOneRefusedLogin() throws Exception {
        proxy = Packaged.command(folder.resolve("data"), STATE)
                .with("--log", "json")
                .start();
        Ended sent = submit("pass-phrase");
        assertThat(sent.succeeded()).as(sent.output()).isTrue();
        Matcher queued = Pattern.compile("queued as (\\S+)").matcher(sent.output());
        assertThat(queued.find()).as(sent.output()).isTrue();
        id = queued.group(1);
        assertThat(submit("wrong-phrase").succeeded()).isFalse();
        Packaged.await(
                "the delivery",
                () -> Packaged.api(proxy, "tenants/acme/captured").contains(id));
        Packaged.await("its record", () -> !records("relayed").isEmpty());
    }

    @AfterAll
    static void stop() {
        proxy.close();
    }

    @Test
    void healthAndReadinessAnswerWithoutAKey() throws Exception {
        assertThat(Packaged.get(proxy, "/healthz").statusCode()).isEqualTo(200);
        assertThat(Packaged.get(proxy, "/readyz").statusCode()).isEqualTo(200);
    }

    @Test
    void theMetricsAreThoseOfTheDocumentation() throws Exception {
        Set<String> documented = new TreeSet<>();
        for (String line : Files.readAllLines(Packaged.root().resolve("docs/observability.md"))) {
            find("^\\| `(smtp_proxy_[a-z_]+)", line, documented);
        }
        String scraped = Packaged.get(proxy, "/metrics").body();
        Set<String> offered = new TreeSet<>();
        for (String line : scraped.lines().toList()) {
            find("^# TYPE (smtp_proxy_[a-z_]+) ", line, offered);
        }
        assertThat(documented).isNotEmpty();
        assertThat(offered).isEqualTo(documented);
    }

    @Test
    void theMetricsHaveCounted() throws Exception {
        String scraped = Packaged.get(proxy, "/metrics").body();
        assertThat(scraped)
                .containsPattern("(?m)^smtp_proxy_messages_accepted_total 1(\\.0)?$")
                .containsPattern("(?m)^smtp_proxy_auth_failures_total [1-9]")
                .containsPattern(
                        "(?m)^smtp_proxy_recipients_total\\{outcome=\"relayed\",provider=\"\\S*kept\"} 1(\\.0)?$")
                .containsPattern("(?m)^smtp_proxy_end_of_data_seconds_count 1$")
                .containsPattern("(?m)^smtp_proxy_spool_healthy 1(\\.0)?$")
                .doesNotContain("b.example");
    }

    @Test
    void everyRecordOfAMessageTellsWhoseItIs() throws Exception {
        JsonNode accepted = only(records("accepted"));
        JsonNode relayed = only(records("relayed"));
        for (JsonNode each : List.of(accepted, relayed)) {
            assertThat(each.get("id").asString()).isEqualTo(id);
            assertThat(each.get("tenant").asString()).isEqualTo("acme");
            assertThat(each.get("session_id").asString())
                    .isNotEmpty()
                    .isEqualTo(accepted.get("session_id").asString());
        }
        assertThat(relayed.get("recipient").asString()).isEqualTo("j***@b.example");
        assertThat(only(records("login refused")).get("client").asString()).isEqualTo("127.0.0.1");
    }

    @Test
    void theLogTellsNoAddressesAndNoPasswords() throws Exception {
        assertThat(proxy.stderr())
                .doesNotContain("jane.doe", "john.doe", "pass-phrase", "wrong-phrase")
                .contains("@b.example");
    }

    private static List<JsonNode> records(String message) {
        return proxy.stderr()
                .lines()
                .map(JsonMapper.shared()::readTree)
                .filter(entry -> entry.path("message").asString("").equals(message))
                .toList();
    }

    private static JsonNode only(List<JsonNode> records) {
        assertThat(records).hasSize(1);
        return records.getFirst();
    }

    private static void find(String pattern, String line, Set<String> into) {
        Matcher matcher = Pattern.compile(pattern).matcher(line);
        if (matcher.find()) {
            into.add(matcher.group(1));
        }
    }

    private static Ended submit(String password) throws Exception {
        return ForeignProgram.run(
                List.of(
                        "swaks",
                        "--server",
                        "127.0.0.1:" + proxy.smtp().getPort(),
                        "--tls",
                        "--auth",
                        "plain",
                        "--auth-user",
                        "app",
                        "--auth-password",
                        password,
                        "--from",
                        "jane.doe@acme.example",
                        "--to",
                        "john.doe@b.example"),
                new byte[0],
                PATIENCE);
    }
}
