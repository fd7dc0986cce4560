package org.smtpproxy.app.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;

import org.smtpproxy.app.settings.Settings;
import org.smtpproxy.relay.events.RelayMetrics;
import org.smtpproxy.smtp.server.Deadlines;
import org.smtpproxy.smtp.server.ListenerOptions;
import org.smtpproxy.smtp.server.ListenerTls;
import org.smtpproxy.smtp.server.ServerObserver;
import org.smtpproxy.smtp.server.SessionHandler;
import org.smtpproxy.smtp.server.SmtpServer;

/** The two places where clients connect: SMTP with STARTTLS and SMTP over implicit TLS. */
final class Listeners {
    private static final Duration HANDSHAKE = Duration.ofSeconds(30);
    private static final Duration CONTENT_WINDOW = Duration.ofMinutes(1);

    private final SmtpServer server;

    private Listeners(SmtpServer server) {
        this.server = server;
    }

    /** Begins to accept connections. */
    static Listeners open(
            Settings settings, String hostName, SSLContext tls, SessionHandler.Factory handlers, RelayMetrics metrics)
            throws IOException {
        List<ListenerOptions> options = List.of(
                options(settings, hostName, settings.smtpPort(), new ListenerTls.StartTls(tls)),
                options(settings, hostName, settings.smtpsPort(), new ListenerTls.Implicit(tls)));
        return new Listeners(SmtpServer.start(options, handlers, new SessionMeters(metrics)));
    }

    InetSocketAddress smtp() {
        return server.addresses().getFirst();
    }

    InetSocketAddress smtps() {
        return server.addresses().getLast();
    }

    /** Lets nobody in and waits for transactions under way. */
    void drain(Duration patience) throws InterruptedException {
        server.drain(patience);
        server.close();
    }

    private static ListenerOptions options(Settings settings, String hostName, int port, ListenerTls tls) {
        Settings.Sessions sessions = settings.sessions();
        return new ListenerOptions(
                new InetSocketAddress(settings.bind(), port),
                tls,
                hostName,
                sessions.most(),
                sessions.mostPerAddress(),
                new Deadlines(
                        sessions.commandTimeout(),
                        HANDSHAKE,
                        CONTENT_WINDOW,
                        sessions.leastBytesPerSecond(),
                        sessions.sessionTimeout()));
    }

    /** Counts what happens at the doors. */
    private record SessionMeters(RelayMetrics metrics) implements ServerObserver {
        @Override
        public void sessionOpened() {
            metrics.sessionOpened();
        }

        @Override
        public void sessionClosed() {
            metrics.sessionClosed();
        }

        @Override
        public void sessionRefused(Refusal reason) {
            metrics.sessionRefused(reason);
        }

        @Override
        public void authenticationFailed() {
            metrics.authFailed();
        }

        @Override
        public void tlsFailed() {
            metrics.tlsFailed();
        }

        @Override
        public void sessionOverdue() {
            metrics.sessionOverdue();
        }
    }
}
