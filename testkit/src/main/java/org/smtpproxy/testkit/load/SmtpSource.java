package org.smtpproxy.testkit.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

import org.HdrHistogram.ConcurrentHistogram;
import org.jspecify.annotations.Nullable;

/**
 * The load generator: as many connections as wanted, each on a virtual thread, all connected before the first message is
 * due. A message that fails is counted with its reason and not tried again; its connection is replaced.
 */
public final class SmtpSource {
    private static final long LONGEST_MICROS = TimeUnit.HOURS.toMicros(1);
    private static final int CONNECTING_AT_ONCE = 32;

    private final LoadPlan plan;
    private final byte[] content;
    private final ConcurrentHistogram endOfData = new ConcurrentHistogram(LONGEST_MICROS, 3);
    private final ConcurrentHistogram transaction = new ConcurrentHistogram(LONGEST_MICROS, 3);
    private final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();
    private final Set<SmtpConnection> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicLong lastReply = new AtomicLong();
    private final Semaphore connecting = new Semaphore(CONNECTING_AT_ONCE);
    private final CountDownLatch connected;
    private final CountDownLatch begin = new CountDownLatch(1);
    private volatile long start;
    private volatile boolean overdue;

    private SmtpSource(LoadPlan plan) {
        this.plan = plan;
        this.content = content(plan);
        this.connected = new CountDownLatch(plan.connections());
    }

    /** Runs the plan to its end, or to its limit. */
    public static LoadReport run(LoadPlan plan) throws InterruptedException {
        return new SmtpSource(plan).run();
    }

    private LoadReport run() throws InterruptedException {
        long launched = System.nanoTime();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor();
                var guard = Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().factory())) {
            for (int i = 0; i < plan.connections(); i++) {
                int lane = i;
                threads.execute(() -> drive(lane));
            }
            ScheduledFuture<?> breakOff =
                    guard.schedule(this::breakOff, plan.limit().toMillis(), TimeUnit.MILLISECONDS);
            connected.await();
            start = System.nanoTime();
            lastReply.set(start);
            begin.countDown();
            threads.shutdown();
            threads.awaitTermination(plan.limit().toMillis() + 5_000, TimeUnit.MILLISECONDS);
            breakOff.cancel(false);
        }
        var counted = new TreeMap<String, Integer>();
        failures.forEach((reason, count) -> counted.put(reason, count.get()));
        return new LoadReport(
                plan.connections(),
                Duration.ofNanos(start - launched),
                Duration.ofNanos(lastReply.get() - start),
                accepted.get(),
                counted,
                endOfData,
                transaction);
    }

    /** One connection's share of the load. */
    private void drive(int lane) {
        @Nullable SmtpConnection connection = null;
        try {
            connection = connectFirst();
            connected.countDown();
            begin.await();
            int sent = 0;
            for (int k = firstOf(lane); k < plan.messages() && !overdue; k = nextAfter(k)) {
                long due = awaitDue(k);
                if (connection == null) {
                    connection = connect();
                }
                if (connection != null && !sendCounted(connection, due)) {
                    drop(connection);
                    connection = null;
                }
                sent++;
                if (connection != null && plan.perConnection() > 0 && sent % plan.perConnection() == 0) {
                    open.remove(connection);
                    connection.quit();
                    connection = null;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (connection != null) {
                open.remove(connection);
                connection.quit();
            }
        }
    }

    private @Nullable SmtpConnection connectFirst() throws InterruptedException {
        connecting.acquire();
        try {
            return connect();
        } finally {
            connecting.release();
        }
    }

    /** Without a connection the message that needed it has failed. */
    private @Nullable SmtpConnection connect() {
        try {
            var connection = plan.target().connect();
            open.add(connection);
            if (overdue) {
                drop(connection);
            }
            return connection;
        } catch (SessionRefusedException e) {
            fail("session refused: " + e.reply().kind());
        } catch (IOException e) {
            fail("connect: " + e.getMessage());
        }
        return null;
    }

    private int firstOf(int lane) {
        return plan.isOpenLoop() ? lane : next.getAndIncrement();
    }

    private int nextAfter(int k) {
        return plan.isOpenLoop() ? k + plan.connections() : next.getAndIncrement();
    }

    /** When message k is due: in a closed loop, now. */
    private long awaitDue(int k) {
        if (!plan.isOpenLoop()) {
            return System.nanoTime();
        }
        long due = start + (long) (k * 1e9 / plan.rate());
        for (long wait = due - System.nanoTime(); wait > 0 && !overdue; wait = due - System.nanoTime()) {
            LockSupport.parkNanos(wait);
        }
        return due;
    }

    /** Whether the connection can be used further. */
    private boolean sendCounted(SmtpConnection connection, long due) {
        try {
            SmtpReply reply = send(connection, due);
            if (reply.isPositive()) {
                accepted.incrementAndGet();
                lastReply.accumulateAndGet(System.nanoTime(), Math::max);
                return true;
            }
            fail(reply.kind());
        } catch (IOException e) {
            fail(overdue ? "broken off at the time limit" : "connection: " + e.getMessage());
        }
        return false;
    }

    private SmtpReply send(SmtpConnection connection, long due) throws IOException {
        long begun = System.nanoTime();
        SmtpReply ready = announce(connection);
        if (!ready.isPositive()) {
            return ready;
        }
        connection.content(content, 0, content.length);
        connection.endOfData();
        long ended = System.nanoTime();
        SmtpReply reply = connection.reply();
        long answered = System.nanoTime();
        if (reply.isPositive()) {
            record(endOfData, answered - ended + (begun - due));
            record(transaction, answered - due);
        }
        return reply;
    }

    private SmtpReply announce(SmtpConnection connection) throws IOException {
        String mail = "MAIL FROM:<" + plan.sender() + ">";
        String rcpt = "RCPT TO:<" + plan.recipient() + ">";
        if (!plan.pipelined()) {
            SmtpReply reply = connection.command(mail);
            reply = reply.isPositive() ? connection.command(rcpt) : reply;
            return reply.isPositive() ? connection.command("DATA") : reply;
        }
        connection.send(mail);
        connection.send(rcpt);
        connection.send("DATA");
        SmtpReply toMail = connection.reply();
        SmtpReply toRcpt = connection.reply();
        SmtpReply toData = connection.reply();
        return !toMail.isPositive() ? toMail : !toRcpt.isPositive() ? toRcpt : toData;
    }

    private static void record(ConcurrentHistogram histogram, long nanos) {
        histogram.recordValue(Math.clamp(TimeUnit.NANOSECONDS.toMicros(nanos), 0, LONGEST_MICROS));
    }

    private void fail(String reason) {
        failures.computeIfAbsent(reason, key -> new AtomicInteger()).incrementAndGet();
    }

    private void drop(SmtpConnection connection) {
        open.remove(connection);
        connection.close();
    }

    private void breakOff() {
        overdue = true;
        open.forEach(SmtpConnection::close);
    }

    /** A header and lines of filler, exactly as many bytes as asked for (at least the header). */
    static byte[] content(LoadPlan plan) {
        String header = "From: <" + plan.sender() + ">\r\nTo: <" + plan.recipient()
                + ">\r\nSubject: load\r\nDate: Thu, 01 Jan 2026 00:00:00 +0000\r\n\r\n";
        var text = new StringBuilder(header);
        while (text.length() < plan.size()) {
            int room = plan.size() - text.length();
            // A line needs its CRLF: a rest of one byte goes to the line before.
            int line = room <= 76 ? room : room == 77 ? 75 : 76;
            text.append("x".repeat(Math.max(0, line - 2))).append("\r\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    /** The command line; {@link #usage()} tells its options. */
    public static void main(String[] arguments) throws InterruptedException {
        var options = new Options(arguments);
        if (options.isEmpty() || options.has("--help")) {
            System.out.print(usage());
            return;
        }
        var login = Optional.of(new Login(options.text("--user", ""), options.text("--password", "")))
                .filter(it -> !it.user().isEmpty());
        var target = new Target(
                new InetSocketAddress(options.text("--host", "127.0.0.1"), options.number("--port", 2525)),
                Security.valueOf(options.text("--tls", "none").toUpperCase(Locale.ROOT)),
                login);
        var plan = LoadPlan.of(target, options.number("--count", 1000))
                .connections(options.number("--connections", 10))
                .size(options.number("--size", 4096))
                .rate(options.number("--rate", 0))
                .perConnection(options.number("--per-connection", 0))
                .pipelined(options.has("--pipelined"))
                .envelope(options.text("--from", "source@load.test"), options.text("--to", "sink@load.test"))
                .limit(Duration.ofSeconds(options.number("--limit", 600)));
        LoadReport report = run(plan);
        System.out.print(report.format());
        System.exit(report.failed() == 0 && report.accepted() == plan.messages() ? 0 : 1);
    }

    private static String usage() {
        return """
                SmtpSource --port PORT [--host 127.0.0.1] [--tls none|starttls|implicit] [--user U --password P]
                    [--connections 10] [--count 1000] [--size 4096] [--rate MSG_PER_SECOND]
                    [--per-connection N (0: kept)] [--pipelined] [--from A] [--to B] [--limit SECONDS]
                """;
    }
}
