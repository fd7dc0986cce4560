package org.smtpproxy.smtp.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

import org.smtpproxy.testkit.dialogue.SocketPeer;

/** A server on free loopback ports: one with STARTTLS, one with implicit TLS. Keeps what it tells its observer. */
final class TestServer implements AutoCloseable {
    private static final Duration SILENCE = Duration.ofSeconds(20);

    private final Observer observer = new Observer();
    private final SmtpServer server;

    private TestServer(SessionHandler.Factory handlers, int most, int mostPerClient, Deadlines deadlines)
            throws IOException {
        SSLContext tls = TestCertificate.context();
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        List<ListenerOptions> listeners = Stream.of(new ListenerTls.StartTls(tls), new ListenerTls.Implicit(tls))
                .map(mode -> new ListenerOptions(anyPort, mode, "mx.example", most, mostPerClient, deadlines))
                .toList();
        server = SmtpServer.start(listeners, handlers, observer);
    }

    static TestServer start(SessionHandler.Factory handlers) throws IOException {
        return new TestServer(handlers, 100, 100, Deadlines.defaults());
    }

    static TestServer withDeadlines(SessionHandler.Factory handlers, Deadlines deadlines) throws IOException {
        return new TestServer(handlers, 100, 100, deadlines);
    }

    static TestServer withLimits(SessionHandler.Factory handlers, int most, int mostPerClient) throws IOException {
        return new TestServer(handlers, most, mostPerClient, Deadlines.defaults());
    }

    InetAddress host() {
        return InetAddress.getLoopbackAddress();
    }

    int port() {
        return server.addresses().get(0).getPort();
    }

    int implicitTlsPort() {
        return server.addresses().get(1).getPort();
    }

    SocketPeer connect() throws IOException {
        return SocketPeer.connect(host(), port(), SILENCE);
    }

    SocketPeer connectForTls() throws IOException {
        return SocketPeer.connect(host(), implicitTlsPort(), SILENCE);
    }

    /** Waits for an event, skipping others: {@code opened, closed, FULL …}. */
    void awaitEvent(String name) throws InterruptedException {
        String event;
        do {
            event = observer.events.poll(SILENCE.toSeconds(), TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("never observed: " + name);
            }
        } while (!event.equals(name));
    }

    boolean drain(Duration patience) throws InterruptedException {
        return server.drain(patience);
    }

    int openConnections() {
        return server.openConnections();
    }

    @Override
    public void close() {
        server.close();
    }

    private static final class Observer implements ServerObserver {
        private final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();

        @Override
        public void sessionOpened() {
            events.add("opened");
        }

        @Override
        public void sessionClosed() {
            events.add("closed");
        }

        @Override
        public void sessionRefused(Refusal reason) {
            events.add(reason.name());
        }

        @Override
        public void authenticationFailed() {
            events.add("authentication failed");
        }

        @Override
        public void tlsFailed() {
            events.add("tls failed");
        }

        @Override
        public void sessionOverdue() {
            events.add("overdue");
        }
    }
}
