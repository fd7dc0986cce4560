package org.smtpproxy.smtp.server;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Receives mail at one or more addresses: blocking channels with a virtual thread for each connection, and one reaper
 * thread that cuts off those who keep us waiting too long.
 */
public final class SmtpServer implements AutoCloseable {
    private static final long SWEEP_MILLIS = 500;
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private final Service service;
    private final List<Listener> listeners = new ArrayList<>();
    private final List<InetSocketAddress> addresses = new ArrayList<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    private SmtpServer(Service service) {
        this.service = service;
    }

    /** Listens at all addresses, or at none and throws. */
    public static SmtpServer start(
            List<ListenerOptions> listeners, SessionHandler.Factory handlers, ServerObserver observer)
            throws IOException {
        long origin = System.nanoTime();
        return start(listeners, handlers, observer, () -> System.nanoTime() - origin);
    }

    static SmtpServer start(
            List<ListenerOptions> listeners,
            SessionHandler.Factory handlers,
            ServerObserver observer,
            LongSupplier clock)
            throws IOException {
        Service service = new Service(handlers, observer, new Connections(), new InputBuffer.Pool(), clock);
        SmtpServer server = new SmtpServer(service);
        try {
            for (ListenerOptions options : listeners) {
                Listener listener = Listener.bind(options, service);
                server.listeners.add(listener);
                server.addresses.add(listener.address());
            }
            prepareToPark();
        } catch (IOException | RuntimeException failed) {
            server.listeners.forEach(Listener::close);
            throw failed;
        }
        Thread.ofPlatform().name("smtp-reaper").daemon().start(server::reap);
        server.listeners.forEach(Listener::start);
        return server;
    }

    /** Where the listeners are bound, in the order of their options. */
    public List<InetSocketAddress> addresses() {
        return List.copyOf(addresses);
    }

    public int openConnections() {
        return service.connections().count();
    }

    /**
     * Accepts no more, says 421 to idle sessions, lets messages under way come to their end and then says 421 to those
     * as well.
     *
     * @return whether all connections were gone in time
     */
    public boolean drain(Duration patience) throws InterruptedException {
        listeners.forEach(Listener::close);
        service.connections().drain();
        return service.connections().awaitNone(patience);
    }

    /** Ends everything: sessions that wait for their client get a 421, the others a moment to finish. */
    @Override
    public void close() {
        listeners.forEach(Listener::close);
        service.connections().endAll();
        try {
            service.connections().awaitNone(FAREWELL);
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        service.connections().closeAll();
        closed.countDown();
    }

    /**
     * Makes a virtual thread wait for a socket once. The JDK opens what that takes (epoll descriptors) at the first wait;
     * were the process out of descriptors then, no virtual thread could ever wait for a socket again.
     */
    private static void prepareToPark() throws IOException {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            silent.setSoTimeout(1);
            FutureTask<Void> wait = new FutureTask<>(() -> {
                silent.receive(new DatagramPacket(new byte[1], 1));
                return null;
            });
            Thread.ofVirtual().start(wait);
            wait.get();
        } catch (ExecutionException ended) {
            if (!(ended.getCause() instanceof SocketTimeoutException)) {
                throw new IOException("sockets can't be waited for", ended.getCause());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void reap() {
        try {
            while (!closed.await(SWEEP_MILLIS, TimeUnit.MILLISECONDS)) {
                service.connections().sweep(service.clock().getAsLong());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
