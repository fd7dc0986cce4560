package org.smtpproxy.testkit.sink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/** The sink: listens on a port of the loopback, by default a free one, from its making until it is closed. */
public final class SmtpSink implements AutoCloseable {
    private final SinkScript script;
    private final ServerSocket server;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Socket> sockets = new ArrayList<>();
    private final List<SinkMessage> messages = new ArrayList<>();
    private final List<String> commands = new ArrayList<>();
    private int open;

    public SmtpSink(SinkScript script) {
        this(script, 0);
    }

    /** On a certain port: a server that was away for a while comes back where it was. */
    public SmtpSink(SinkScript script, int port) {
        this.script = script;
        try {
            server = new ServerSocket(port, 200, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("sink").start(this::listen);
    }

    public int port() {
        return server.getLocalPort();
    }

    /** What came so far. */
    public List<SinkMessage> messages() {
        return locked(() -> List.copyOf(messages));
    }

    /** Waits for so many messages. */
    public List<SinkMessage> awaitMessages(int count) throws InterruptedException {
        await(() -> messages.size() >= count);
        return messages();
    }

    /** All command lines so far, of all connections, in the order of their arrival. */
    public List<String> commands() {
        return locked(() -> List.copyOf(commands));
    }

    /** Waits for a command line, from whichever connection. */
    public void awaitCommand(String line) throws InterruptedException {
        await(() -> commands.contains(line));
    }

    /** How many connections were made. */
    public int connections() {
        return locked(sockets::size);
    }

    /** Waits until so many connections are open. */
    public void awaitOpenConnections(int count) throws InterruptedException {
        await(() -> open == count);
    }

    @Override
    public void close() {
        closed.countDown();
        closeQuietly(server);
        locked(() -> List.copyOf(sockets)).forEach(SmtpSink::closeQuietly);
    }

    void received(SinkMessage message) {
        change(() -> messages.add(message));
    }

    void commanded(String line) {
        change(() -> commands.add(line));
    }

    /** Returns when the sink is closed. */
    void hang() {
        try {
            closed.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void listen() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                change(() -> {
                    sockets.add(socket);
                    open++;
                });
                int number = connections();
                Thread.ofVirtual().name("sink-" + number).start(() -> serve(socket, number));
            } catch (IOException e) {
                // Closed.
                return;
            }
        }
    }

    private void serve(Socket socket, int number) {
        try (socket) {
            new SinkSession(this, script, socket, number).run();
        } catch (IOException e) {
            // The client left, or a fault made us leave.
        } finally {
            change(() -> open--);
        }
    }

    private void await(Supplier<Boolean> condition) throws InterruptedException {
        long left = Duration.ofSeconds(20).toNanos();
        lock.lockInterruptibly();
        try {
            while (!condition.get()) {
                if (left <= 0) {
                    throw new AssertionError(
                            "the sink waited in vain; it has " + messages.size() + " messages, commands " + commands);
                }
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private <T> T locked(Supplier<T> read) {
        lock.lock();
        try {
            return read.get();
        } finally {
            lock.unlock();
        }
    }

    private static void closeQuietly(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            // Nothing depends on it.
            return;
        }
    }
}
