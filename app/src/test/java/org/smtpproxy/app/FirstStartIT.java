package org.smtpproxy.app;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.process.ForeignProgram;
import org.smtpproxy.testkit.process.ForeignProgram.Ended;
import org.smtpproxy.testkit.process.ProxyProcess;

import static org.assertj.core.api.Assertions.assertThat;

/** What a newcomer sees: start, paste a line, look at the message. */
class FirstStartIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    @Test
    void theLinesOfTheBoxWorkWhenPasted() throws Exception {
        try (ProxyProcess proxy = Packaged.command(folder.resolve("data")).start()) {
            assertThat(proxy.stdout().lines()).singleElement().asString().startsWith("ready smtp=127.0.0.1:");
            Ended swaks = paste(line(proxy, "swaks "));
            assertThat(swaks.succeeded()).as(swaks.output()).isTrue();
            String id = queuedId(swaks.output());
            Ended curl = paste(line(proxy, "printf "));
            assertThat(curl.succeeded()).as(curl.output()).isTrue();
            Packaged.await(
                    "two captured messages",
                    () -> list(proxy).contains("hello") && list(proxy).contains(id));

            assertThat(show(proxy, id).output()).contains("Recipient:  <you@example.com>", "This is a test mailing");
            Ended raw = show(proxy, id, "--raw");
            assertThat(raw.output())
                    .startsWith("Received: from ")
                    .contains(" id " + id + ";")
                    .contains("\n\n");
            assertThat(show(proxy, "00000000000000000000000000").exitCode()).isEqualTo(1);
        }
    }

    @Test
    void secretsAreForTheOwnerOnlyAndShownOnce() throws Exception {
        Path data = folder.resolve("data");
        String password;
        try (ProxyProcess proxy = Packaged.command(data).start()) {
            password = word(line(proxy, "password "), 1);
            assertThat(proxy.terminate(PATIENCE)).isZero();
        }
        for (String file : List.of("master.key", "api.key", "state.sealed", "tls/key.pem")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(file))))
                    .as(file)
                    .isEqualTo("rw-------");
        }
        assertThat(new String(Files.readAllBytes(data.resolve("state.sealed")), StandardCharsets.ISO_8859_1))
                .doesNotContain(password);
        try (ProxyProcess again = Packaged.command(data).start()) {
            assertThat(again.stderr()).doesNotContain(password).doesNotContain("First start");
            Ended swaks = ForeignProgram.run(
                    List.of(
                            "swaks",
                            "--server",
                            "127.0.0.1:" + again.smtp().getPort(),
                            "--tls",
                            "--auth-user",
                            "demo",
                            "--auth-password",
                            password,
                            "--from",
                            "a@example.com",
                            "--to",
                            "b@example.com"),
                    new byte[0],
                    PATIENCE);
            assertThat(swaks.succeeded()).as(swaks.output()).isTrue();
        }
    }

    @Test
    void theApiWantsItsKey() throws Exception {
        try (ProxyProcess proxy = Packaged.command(folder.resolve("data"))
                .with(java.util.Map.of("SMTP_PROXY_BOOTSTRAP_API_KEY", "given-from-outside"))
                .start()) {
            assertThat(Packaged.get(proxy, "/api/v1/tenants").statusCode()).isEqualTo(401);
            assertThat(Packaged.get(proxy, "/api/v1/tenants", "Authorization", "Bearer wrong")
                            .statusCode())
                    .isEqualTo(401);
            var tenants = Packaged.get(proxy, "/api/v1/tenants", "Authorization", "Bearer given-from-outside");
            assertThat(tenants.body()).contains("\"id\":\"demo\"");
            var missing =
                    Packaged.get(proxy, "/api/v1/tenants/other/captured", "Authorization", "Bearer given-from-outside");
            assertThat(missing.statusCode()).isEqualTo(404);
            assertThat(missing.headers().firstValue("Content-Type")).contains("application/problem+json");
        }
    }

    private Ended paste(String line) throws Exception {
        return ForeignProgram.run(List.of("bash", "-c", line), new byte[0], PATIENCE);
    }

    private static String line(ProxyProcess proxy, String beginning) {
        return proxy.stderr()
                .lines()
                .map(line -> line.replaceFirst("^\\|\\s*", ""))
                .filter(line -> line.startsWith(beginning))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no line " + beginning + " in\n" + proxy.stderr()));
    }

    private static String word(String line, int index) {
        return line.split("\\s+", -1)[index];
    }

    private static String queuedId(String output) {
        Matcher matcher =
                Pattern.compile("250 2\\.0\\.0 Ok: queued as ([0-9A-Z]{26})").matcher(output);
        assertThat(matcher.find()).as(output).isTrue();
        return matcher.group(1);
    }

    private static String list(ProxyProcess proxy) throws Exception {
        return Packaged.cli("message", "list", "--data", proxy.data().toString())
                .output();
    }

    private static Ended show(ProxyProcess proxy, String id, String... more) throws Exception {
        String[] arguments = new String[5 + more.length];
        System.arraycopy(
                new String[] {"message", "show", id, "--data", proxy.data().toString()}, 0, arguments, 0, 5);
        System.arraycopy(more, 0, arguments, 5, more.length);
        return Packaged.cli(arguments);
    }
}
