package org.smtpproxy.testkit.crash;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * The mail server behind the program: compares every message with what must have been submitted, and knows for each
 * kill which arrivals were in flight.
 *
 * <p><b>The rule for second arrivals.</b> An arrival of a message may be followed by another one for the same recipient
 * only if it was <em>in flight at a kill</em>. On each connection that was open when the process was killed these are
 * the arrival that the sink had not answered yet (the program can't know that it arrived), and the one that it had
 * answered last (the program may not have recorded it yet). A connection that the program closed less than
 * {@value #CLOSED_JUST_NOW_MILLIS} ms before the kill counts as open: its last message may be on the way to the disk
 * just so. So each kill excuses at most two messages a connection, and an attempt that was settled is never excused.
 */
final class RecordingSink implements AutoCloseable {
    private static final long CLOSED_JUST_NOW_MILLIS = 500;

    private final long seed;
    private final ServerSocket listener;
    private final Set<SinkConnection> connections = ConcurrentHashMap.newKeySet();
    private final Deque<Closed> closedLately = new ArrayDeque<>();
    private final Map<Integer, List<Arrival>> arrivals = new ConcurrentHashMap<>();
    private final Set<String> deferredOnce = ConcurrentHashMap.newKeySet();
    private final Set<Integer> refusedOnce = ConcurrentHashMap.newKeySet();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();

    private record Closed(SinkConnection connection, long at) {}

    RecordingSink(long seed) throws IOException {
        this.seed = seed;
        this.listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("sink-accept").start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /**
     * Called when the killed process is gone: waits until the sink has read what the kernel still held, then marks what
     * was in flight.
     */
    void killed(long killedAt) throws InterruptedException, IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        synchronized (closedLately) {
            while (!connections.isEmpty()) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new IOException("a killed process still has connections open");
                }
                closedLately.wait(left);
            }
            long since = killedAt - TimeUnit.MILLISECONDS.toNanos(CLOSED_JUST_NOW_MILLIS);
            closedLately.stream()
                    .filter(closed -> closed.at() >= since)
                    .forEach(closed -> closed.connection().markInFlight());
            closedLately.clear();
        }
    }

    /** All arrivals of a message, in order. */
    List<Arrival> arrivals(int message) {
        List<Arrival> all = arrivals.getOrDefault(message, List.of());
        synchronized (all) {
            return List.copyOf(all);
        }
    }

    /** The messages of which anything arrived. */
    Set<Integer> arrived() {
        return Set.copyOf(arrivals.keySet());
    }

    int arrivedCount() {
        return arrivals.size();
    }

    /** Whether every recipient's copy arrived and was answered. */
    boolean hasWhole(int message) {
        List<Arrival> all = arrivals(message);
        return CrashMessage.of(seed, message).recipients().stream()
                .allMatch(recipient -> all.stream()
                        .anyMatch(arrival ->
                                arrival.isAnswered() && arrival.recipients().contains(recipient)));
    }

    /** What was wrong with single arrivals. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (SinkConnection connection : connections) {
            connection.close();
        }
    }

    void problem(String what) {
        problems.add(what);
    }

    /** Whether this recipient has to wait: once, and only those whose address says so. */
    boolean defers(String recipient) {
        return recipient.startsWith("later") && deferredOnce.add(recipient);
    }

    /** Takes a whole message, thinks about it as long as the message wants, and says whether it is refused this time. */
    boolean arrivedRefused(Arrival arrival, byte[] content) throws IOException {
        if (arrival.message() < 0) {
            problem("a message that nobody submitted, for " + arrival.recipients());
            return false;
        }
        CrashMessage message = CrashMessage.of(seed, arrival.message());
        RelayedContent.difference(message, content)
                .ifPresent(difference -> problem("message " + message.number() + ": " + difference));
        if (!message.recipients().containsAll(arrival.recipients())) {
            problem("message " + message.number() + ": foreign recipients among " + arrival.recipients());
        }
        if (message.refusedOnce() && refusedOnce.add(message.number())) {
            return true;
        }
        remember(arrival);
        think(message.replyDelayMillis());
        return false;
    }

    private void remember(Arrival arrival) {
        List<Arrival> all = arrivals.computeIfAbsent(arrival.message(), key -> new ArrayList<>(1));
        synchronized (all) {
            all.add(arrival);
        }
    }

    private static void think(int millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void accept() {
        boolean chunking = false;
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                chunking = !chunking;
                var connection = new SinkConnection(socket, this, chunking);
                connections.add(connection);
                Thread.ofVirtual().name("sink-session").start(() -> serve(connection));
            } catch (IOException e) {
                if (!listener.isClosed()) {
                    problem("the sink can't accept: " + e.getMessage());
                }
            }
        }
    }

    private void serve(SinkConnection connection) {
        try {
            connection.serve();
        } catch (IOException killed) {
            // The other side was killed, or was told off: what it leaves behind has been recorded.
        } finally {
            closed(connection);
        }
    }

    private void closed(SinkConnection connection) {
        try {
            connection.close();
        } catch (IOException e) {
            problem("the sink can't close a connection: " + e.getMessage());
        }
        synchronized (closedLately) {
            long now = System.nanoTime();
            long longAgo = now - TimeUnit.SECONDS.toNanos(30);
            closedLately.removeIf(closed -> closed.at() < longAgo);
            closedLately.add(new Closed(connection, now));
            connections.remove(connection);
            closedLately.notifyAll();
        }
    }
}
