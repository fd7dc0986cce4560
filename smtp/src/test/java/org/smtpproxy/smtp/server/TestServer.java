package org.smtpproxy.smtp.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/** A server on free loopback ports: one with STARTTLS, one with implicit TLS. */
final class TestServer implements AutoCloseable {
    private final SmtpServer server;

    private TestServer(SmtpServer server) {
        this.server = server;
    }

    static TestServer start(SessionHandler.Factory handlers) throws IOException {
        long origin = System.nanoTime();
        return start(handlers, new SilentObserver(), 100, 100, () -> System.nanoTime() - origin);
    }

    static TestServer start(
            SessionHandler.Factory handlers,
            ServerObserver observer,
            int maxConnections,
            int maxConnectionsPerClient,
            LongSupplier clock)
            throws IOException {
        var tls = TestCertificate.context();
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        List<ListenerTls> modes = List.of(new ListenerTls.StartTls(tls), new ListenerTls.Implicit(tls));
        List<ListenerOptions> listeners = modes.stream()
                .map(mode -> new ListenerOptions(
                        anyPort, mode, "mx.example", maxConnections, maxConnectionsPerClient, Deadlines.defaults()))
                .toList();
        return new TestServer(SmtpServer.start(listeners, handlers, observer, clock));
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
}
