package org.smtpproxy.testkit.crash;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The mail server behind the program: compares every message with what must have been submitted, and knows for each
 * kill which arrivals were in flight.
 *
 * <p><b>The rule for second arrivals.</b> An arrival of a message may be followed by another one for the same recipient
 * only if it was <em>in flight at a kill</em>: the program had not said yet that it recorded the delivery. It says so in
 * its log, with our reply, which names the arrival, and only when the record is durable. So an attempt that was settled
 * is never excused; and since the program makes at most {@value #MOST_AT_ONCE} deliveries at once, a kill excuses no more.
 */
final class RecordingSink implements AutoCloseable {
    private static final int MOST_AT_ONCE = 100;
    private static final Pattern SETTLED = Pattern.compile("\\brelayed\\b.*\\barrival-(\\d+)");

    private final long seed;
    private final ServerSocket first;
    private final ServerSocket second;
    private final Set<SinkConnection> connections = ConcurrentHashMap.newKeySet();
    private final Map<Integer, List<Arrival>> arrivals = new ConcurrentHashMap<>();
    private final AtomicInteger arrivalNumbers = new AtomicInteger();
    private final Map<Integer, Arrival> unsettled = new ConcurrentHashMap<>();
    private final Set<String> deferredOnce = ConcurrentHashMap.newKeySet();
    private final Set<Integer> refusedOnce = ConcurrentHashMap.newKeySet();
    private final Queue<String> problems = new ConcurrentLinkedQueue<>();

    RecordingSink(long seed) throws IOException {
        this.seed = seed;
        this.first = listen(false);
        this.second = listen(true);
    }

    private ServerSocket listen(boolean isSecond) throws IOException {
        var listener = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        Thread.ofPlatform().daemon().name("sink-accept").start(() -> accept(listener, isSecond));
        return listener;
    }

    /** Where the first provider of the route listens. */
    int firstPort() {
        return first.getLocalPort();
    }

    /** The second provider, which gets what the first one puts off. */
    int secondPort() {
        return second.getLocalPort();
    }

    /** A line of the program's log, which may tell of a delivery that is recorded. */
    void programSaid(String line) {
        Matcher settled = SETTLED.matcher(line);
        if (settled.find()) {
            unsettled.remove(Integer.valueOf(settled.group(1)));
        }
    }

    /**
     * Called when the killed process is gone and its log was read: waits until the sink has read what the kernel still
     * held, then marks what was in flight.
     */
    void killed() throws InterruptedException, IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
        synchronized (connections) {
            while (!connections.isEmpty()) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw new IOException("a killed process still has connections open");
                }
                connections.wait(left);
            }
        }
        if (unsettled.size() > MOST_AT_ONCE) {
            problem(unsettled.size() + " deliveries were in flight at a kill, more than " + MOST_AT_ONCE);
        }
        unsettled.values().forEach(Arrival::markInFlightAtKill);
        unsettled.clear();
    }

    Arrival arrival(int message, List<String> recipients) {
        return new Arrival(arrivalNumbers.incrementAndGet(), message, recipients);
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

    /** Whether anything of a message arrived. */
    boolean hasArrived(int message) {
        return arrivals.containsKey(message);
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
        first.close();
        second.close();
        for (SinkConnection connection : connections) {
            connection.close();
        }
    }

    void problem(String what) {
        problems.add(what);
    }

    /**
     * Whether this recipient is put off: only those whose address says so, once at the first provider, and then, every
     * second of them, once at the second.
     */
    boolean defers(String recipient, boolean atSecond) {
        boolean wanted = recipient.startsWith("later") && (!atSecond || recipient.hashCode() % 2 == 0);
        return wanted && deferredOnce.add((atSecond ? "second " : "first ") + recipient);
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
        unsettled.put(arrival.number(), arrival);
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

    private void accept(ServerSocket listener, boolean isSecond) {
        boolean chunking = false;
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                chunking = !chunking;
                var connection = new SinkConnection(socket, this, isSecond, chunking);
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
        synchronized (connections) {
            connections.remove(connection);
            connections.notifyAll();
        }
    }
}
