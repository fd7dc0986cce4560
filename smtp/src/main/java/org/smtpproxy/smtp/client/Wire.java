package org.smtpproxy.smtp.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLSocket;

/**
 * The octets of one connection, clear or TLS, under deadlines. Reads and writes block without time-outs of their own;
 * {@link #allow} sets until when the reaper lets them.
 */
final class Wire {
    private final SocketChannel channel;
    private final DeadlineReaper.Watch watch;
    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private Instant latest = Instant.MAX;

    private Wire(SocketChannel channel, DeadlineReaper.Watch watch) throws IOException {
        this.channel = channel;
        this.watch = watch;
        this.socket = channel.socket();
        this.in = socket.getInputStream();
        this.out = socket.getOutputStream();
    }

    /** Connects to the first address of the host that answers. */
    static Wire connect(String host, int port, Duration time, DeadlineReaper reaper) throws IOException {
        long end = System.nanoTime() + TimeUnit.NANOSECONDS.convert(time);
        InetAddress[] addresses = resolve(host, time);
        IOException last = new ConnectException("no address of " + host);
        for (int i = 0; i < addresses.length; i++) {
            Duration share = Duration.ofNanos((end - System.nanoTime()) / (addresses.length - i));
            SocketChannel channel = SocketChannel.open();
            DeadlineReaper.Watch watch = reaper.watch(channel);
            try {
                watch.allow(share);
                channel.connect(new InetSocketAddress(addresses[i], port));
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
                return new Wire(channel, watch);
            } catch (IOException e) {
                last = watch.expired() ? new ConnectException("no answer") : e;
                watch.end();
                channel.close();
            }
        }
        throw last;
    }

    /** Look-ups block in native code and can't be interrupted: a thread of their own keeps them off the carriers. */
    private static InetAddress[] resolve(String host, Duration time) throws IOException {
        try {
            return new InetAddress[] {InetAddress.ofLiteral(host)};
        } catch (IllegalArgumentException e) {
            // A name.
        }
        FutureTask<InetAddress[]> lookup = new FutureTask<>(() -> InetAddress.getAllByName(host));
        Thread.ofPlatform().daemon().name("lookup-" + host).start(lookup);
        try {
            return lookup.get(TimeUnit.NANOSECONDS.convert(time), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw new UnknownHostException(host + " has no address");
        } catch (TimeoutException e) {
            throw new UnknownHostException("no answer of the name service about " + host);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    InputStream in() {
        return in;
    }

    /** Until further notice no phase may last beyond this. */
    void until(Instant instant) {
        latest = instant;
    }

    void withoutLimit() {
        latest = Instant.MAX;
    }

    /** What follows may take this long. */
    void allow(Duration time) throws IOException {
        Duration allowed = time;
        if (!latest.equals(Instant.MAX)) {
            Duration left = Duration.between(Instant.now(), latest);
            allowed = left.compareTo(time) < 0 ? left : time;
        }
        if (!watch.allow(allowed)) {
            throw new IOException("closed");
        }
    }

    /** The connection waits for its next use. */
    void rest() {
        latest = Instant.MAX;
        watch.rest();
    }

    boolean expired() {
        return watch.expired();
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        out.write(bytes, offset, length);
    }

    /** Goes on under TLS; the streams of the clear connection are not used again. */
    void encrypt(ClientTls tls) throws IOException {
        SSLSocket encrypted = tls.over(socket);
        encrypted.startHandshake();
        socket = encrypted;
        in = encrypted.getInputStream();
        out = encrypted.getOutputStream();
    }

    /** Says goodbye to TLS as well. */
    void closeOrderly() {
        try {
            socket.close();
        } catch (IOException e) {
            // The peer was quicker.
        } finally {
            close();
        }
    }

    void close() {
        watch.end();
        try {
            channel.close();
        } catch (IOException e) {
            // It is closed all the same, and nothing is left to be lost.
        }
    }
}
