package org.smtpproxy.app;

import java.nio.file.Path;
import java.util.List;
import javax.net.ssl.SSLContext;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.testkit.load.SmtpReply;
import org.smtpproxy.testkit.process.ProxyProcess;
import org.smtpproxy.testkit.sink.SinkMessage;
import org.smtpproxy.testkit.sink.SinkScript;
import org.smtpproxy.testkit.sink.SmtpSink;

import static org.assertj.core.api.Assertions.assertThat;

/** Encryption towards providers is what the state file says, never less: a tenant for each case. */
class ProviderTlsIT {
    @TempDir
    private static Path folder;

    private static SmtpSink starting;
    private static SmtpSink implicit;
    private static ProxyProcess proxy;

    @BeforeAll
    static void start() throws Exception {
        PrivateAuthority authority = new PrivateAuthority(folder.resolve("authority"));
        SSLContext localhost = authority.server("localhost");
        starting = new SmtpSink(new SinkScript().startTls(localhost).login("PLAIN LOGIN", "us", "word"));
        implicit = new SmtpSink(new SinkScript().implicitTls(localhost).login("PLAIN LOGIN", "us", "word"));
        String trusting = ", caFile: " + authority.certificate();
        String login = ", username: us, password: word";
        String state = "tenants:\n"
                + tenant("required", "localhost", starting, "tls: required" + trusting + login)
                + tenant("implicit", "localhost", implicit, "tls: implicit" + trusting + login)
                + tenant("required-untrusted", "localhost", starting, "tls: required" + login)
                + tenant("implicit-untrusted", "localhost", implicit, "tls: implicit" + login)
                + tenant("other-name", "127.0.0.1", starting, "tls: required" + trusting + login);
        proxy = Packaged.command(folder.resolve("data"), state).start();
    }

    @AfterAll
    static void stop() {
        proxy.close();
        List.of(starting, implicit).forEach(SmtpSink::close);
    }

    @Test
    void requiredTlsAndTheLoginBehindItUseThePrivateAuthority() throws Exception {
        assertRelayedUnderTls("required", starting);
    }

    @Test
    void implicitTlsAndTheLoginBehindItUseThePrivateAuthority() throws Exception {
        assertRelayedUnderTls("implicit", implicit);
    }

    @ParameterizedTest
    @ValueSource(strings = {"required-untrusted", "implicit-untrusted", "other-name"})
    void mailWaitsWhereTheCertificateIsNotToBeTrusted(String tenant) throws Exception {
        String id = submit(tenant);
        Packaged.await("the deferral", () -> logged(id, ": deferred "));
        assertThat(proxy.stderr().lines().filter(line -> line.contains(id) && line.contains(": deferred ")))
                .singleElement()
                .asString()
                .contains("451 4.7.5", "the certificate of ", "is refused");
        assertThat(logged(id, ": bounced ")).isFalse();
        for (SmtpSink sink : List.of(starting, implicit)) {
            assertThat(sink.messages()).noneMatch(message -> message.text().contains(id));
        }
    }

    private static void assertRelayedUnderTls(String tenant, SmtpSink sink) throws Exception {
        String id = submit(tenant);
        Packaged.await("the delivery", () -> logged(id, ": relayed "));
        SinkMessage arrived = sink.messages().stream()
                .filter(message -> message.text().contains(id))
                .findFirst()
                .orElseThrow();
        assertThat(arrived.tls()).isTrue();
        assertThat(arrived.user()).hasValue("us");
        assertThat(arrived.text()).endsWith("\r\nSubject: x\r\n\r\nx\r\n");
    }

    private static String submit(String tenant) throws Exception {
        SmtpReply reply = RawClient.of(proxy, tenant)
                .send(
                        "<a@acme.example>",
                        "bob@b.example",
                        "Date: today\r\nMessage-ID: <x@a.example>\r\nSubject: x\r\n\r\nx\r\n");
        assertThat(reply.toString()).startsWith("250 2.0.0 Ok: queued as ");
        return reply.text().replaceFirst(".* as ", "");
    }

    private static boolean logged(String id, String event) {
        return proxy.stderr().lines().anyMatch(line -> line.contains(id) && line.contains(event));
    }

    private static String tenant(String id, String host, SmtpSink sink, String settings) {
        return """
                  - id: %1$s
                    credentials: [{username: %1$s, password: pass-word}]
                    retry: {initial: 1h}
                    providers:
                      - {id: relay, type: smtp, host: %2$s, port: %3$d, %4$s}
                """.formatted(id, host, sink.port(), settings);
    }
}
