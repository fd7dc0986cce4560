package org.smtpproxy.smtp.server;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.server.ServerObserver.Refusal;

/**
 * Accepts connections at one address and gives each a virtual thread. Whatever goes wrong with one of them, or with
 * accepting itself (no file descriptors left), it goes on, after a pause where trying at once would be in vain.
 */
final class Listener {
    private static final Logger log = LoggerFactory.getLogger(Listener.class);
    private static final int BACKLOG = 1024;
    private static final long PAUSE_MILLIS = 200;

    private final ListenerOptions options;
    private final Service service;
    private final ServerSocketChannel channel;
    private final AtomicInteger open = new AtomicInteger();
    private final ConcurrentHashMap<InetAddress, Integer> openByClient = new ConcurrentHashMap<>();
    private final CountDownLatch closed = new CountDownLatch(1);

    private Listener(ListenerOptions options, Service service, ServerSocketChannel channel) {
        this.options = options;
        this.service = service;
        this.channel = channel;
    }

    static Listener bind(ListenerOptions options, Service service) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.bind(options.bind(), BACKLOG);
        } catch (IOException failed) {
            channel.close();
            throw new IOException("can't listen for SMTP on " + options.bind() + ": " + failed.getMessage(), failed);
        } catch (RuntimeException failed) {
            channel.close();
            throw failed;
        }
        return new Listener(options, service, channel);
    }

    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) channel.getLocalAddress();
    }

    ListenerOptions options() {
        return options;
    }

    void start() {
        Thread.ofPlatform()
                .name("smtp-accept-" + channel.socket().getLocalPort())
                .daemon()
                .start(this::acceptAll);
    }

    void close() {
        closed.countDown();
        try {
            channel.close();
        } catch (IOException failed) {
            log.atWarn().setCause(failed).log("A listener could not be closed");
        }
    }

    /** A connection that was let in is gone. */
    void closed(Connection connection, InetAddress client) {
        service.connections().remove(connection);
        leave(countedAs(client));
    }

    private void acceptAll() {
        while (channel.isOpen()) {
            try {
                admit(channel.accept());
            } catch (ClosedChannelException stopped) {
                return;
            } catch (IOException | RuntimeException | OutOfMemoryError failed) {
                log.atWarn().setCause(failed).log("A connection could not be accepted");
                if (pauseWasCutShort()) {
                    return;
                }
            }
        }
    }

    private boolean pauseWasCutShort() {
        try {
            return closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void admit(SocketChannel accepted) {
        try {
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            InetAddress client = ((InetSocketAddress) accepted.getRemoteAddress()).getAddress();
            InetAddress counted = countedAs(client);
            if (open.incrementAndGet() > options.maxConnections()) {
                open.decrementAndGet();
                refuse(accepted, Refusal.LISTENER_FULL, ServerReplies.LISTENER_FULL);
            } else if (openByClient.merge(counted, 1, Integer::sum) > options.maxConnectionsPerClient()) {
                leave(counted);
                refuse(accepted, Refusal.CLIENT_LIMIT, ServerReplies.CLIENT_LIMIT);
            } else {
                serve(accepted, client);
            }
        } catch (IOException gone) {
            log.atDebug().log("A client left before it was served: {}", gone.toString());
            closeQuietly(accepted);
        }
    }

    private void serve(SocketChannel accepted, InetAddress client) {
        SessionFacts facts = new SessionFacts(SessionIds.next(), client);
        Connection connection = new Connection(accepted, facts, this, service);
        service.connections().add(connection);
        Thread.ofVirtual().name("smtp-" + facts.id()).start(connection);
    }

    /** Says why, unless TLS would have to come first; a fresh socket has room for one line, so this can't block. */
    private void refuse(SocketChannel accepted, Refusal why, Reply reply) throws IOException {
        service.observer().sessionRefused(why);
        try (accepted) {
            if (!(options.tls() instanceof ListenerTls.Implicit)) {
                ReplyBuffer line = new ReplyBuffer();
                line.append(reply);
                accepted.write(ByteBuffer.wrap(line.array(), 0, line.length()));
            }
        }
    }

    /** Whose connection it is: a site has a /64 of IPv6 at least, and could use each address of it once. */
    static InetAddress countedAs(InetAddress client) {
        if (!(client instanceof Inet6Address)) {
            return client;
        }
        byte[] network = Arrays.copyOf(Arrays.copyOf(client.getAddress(), 8), 16);
        try {
            return InetAddress.getByAddress(network);
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException("an IPv6 address has 16 octets", impossible);
        }
    }

    private void leave(InetAddress counted) {
        open.decrementAndGet();
        openByClient.computeIfPresent(counted, (address, count) -> count == 1 ? null : count - 1);
    }

    private static void closeQuietly(SocketChannel accepted) {
        try {
            accepted.close();
        } catch (IOException gone) {
            log.atDebug().log("Closing failed: {}", gone.toString());
        }
    }
}
