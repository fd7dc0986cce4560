package org.smtpproxy.app;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.smtpproxy.testkit.load.SmtpConnection;
import org.smtpproxy.testkit.load.SmtpReply;
import org.smtpproxy.testkit.load.Target;
import org.smtpproxy.testkit.process.ProxyProcess;
import org.smtpproxy.testkit.sink.SmtpSink;

/** What clients were promised: the queue ids of all 250s, to be compared with the Received lines of what a sink got. */
final class Submissions {
    private static final Pattern QUEUED = Pattern.compile("queued as ([0-9A-Z]{26})");
    private static final Pattern RECEIVED = Pattern.compile("\\sid ([0-9A-Z]{26});");
    private static final String LINE = "x".repeat(70) + "\r\n";

    private final Set<String> acknowledged = new ConcurrentSkipListSet<>();

    /** The state of a tenant that takes mail from this machine and hands it to a sink. */
    static String state(int sinkPort) {
        return """
                tenants:
                  - id: tester
                    trustedNetworks: ["127.0.0.1/32"]
                    providers:
                      - {id: sink, type: smtp, host: 127.0.0.1, port: %d, tls: none, maxConnections: 4}
                    retry: {initial: 1s, factor: 1, jitter: 0.2, max: 1s, maxAttempts: 1000, lifetime: 48h}
                    routes:
                      - {name: default, to: [sink]}
                """.formatted(sinkPort);
    }

    /** Sends one message over a connection of its own; the reply that decided. */
    SmtpReply submit(ProxyProcess proxy, int size) throws IOException {
        SmtpConnection connection = Target.open(proxy.smtp()).connect();
        try {
            return submit(connection, size);
        } finally {
            connection.quit();
        }
    }

    SmtpReply submit(SmtpConnection connection, int size) throws IOException {
        for (String command : List.of("MAIL FROM:<a@example.com>", "RCPT TO:<b@example.com>", "DATA")) {
            SmtpReply reply = connection.command(command);
            if (!reply.isPositive()) {
                return reply;
            }
        }
        String content = "Subject: promise\r\n\r\n" + LINE.repeat(1 + size / LINE.length());
        connection.content(content.getBytes(StandardCharsets.US_ASCII), 0, content.length());
        connection.endOfData();
        SmtpReply reply = connection.reply();
        if (reply.isPositive()) {
            acknowledged.add(id(QUEUED, reply.text()));
        }
        return reply;
    }

    /** The ids so far. */
    Set<String> acknowledged() {
        return new TreeSet<>(acknowledged);
    }

    /** The ids of what arrived, in that order; with repetitions, if there are any. */
    static List<String> delivered(SmtpSink sink) {
        return sink.messages().stream()
                .map(message -> id(RECEIVED, message.text()))
                .toList();
    }

    private static String id(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new AssertionError("no id in " + text.lines().limit(5).toList());
        }
        return matcher.group(1);
    }
}
