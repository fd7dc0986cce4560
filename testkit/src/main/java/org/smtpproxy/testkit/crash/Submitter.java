package org.smtpproxy.testkit.crash;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import org.smtpproxy.testkit.load.SmtpConnection;
import org.smtpproxy.testkit.load.SmtpReply;
import org.smtpproxy.testkit.load.Target;

/**
 * Submits message after message and keeps book of each: a 250 goes to the ledger first and counts then. A broken
 * connection ends a submitter; the next round starts new ones.
 */
final class Submitter {
    private static final int CHUNK = 40_000;

    private final long seed;
    private final Ledger ledger;
    private final AtomicInteger nextNumber = new AtomicInteger(1);
    private final Map<Integer, Submission> submissions = new ConcurrentHashMap<>();

    Submitter(long seed, Ledger ledger) {
        this.seed = seed;
        this.ledger = ledger;
    }

    /** How far each message came. */
    Map<Integer, Submission> submissions() {
        return submissions;
    }

    /** Submits over one connection until it breaks or isn't wanted any more; waits while the program is far behind. */
    void submitWhile(Target target, BooleanSupplier wanted, BooleanSupplier behind) throws InterruptedException {
        try (SmtpConnection connection = target.connect()) {
            while (wanted.getAsBoolean()) {
                if (behind.getAsBoolean()) {
                    Thread.sleep(5);
                } else {
                    submit(connection);
                }
            }
        } catch (IOException killed) {
            // Expected: the book says how far the message came.
        }
    }

    /** Submits one message over a connection of its own, and returns its number. */
    int submitOne(Target target) throws IOException {
        try (SmtpConnection connection = target.connect()) {
            return submit(connection);
        }
    }

    private int submit(SmtpConnection connection) throws IOException {
        CrashMessage message = CrashMessage.of(seed, nextNumber.getAndIncrement());
        int number = message.number();
        submissions.put(number, Submission.UNFINISHED);
        SmtpReply reply = message.chunked() && connection.offers("CHUNKING")
                ? submitChunks(connection, message)
                : submitData(connection, message);
        if (reply.isPositive()) {
            ledger.acknowledged(number);
            submissions.put(number, Submission.ACKNOWLEDGED);
        } else {
            submissions.put(number, Submission.REFUSED);
            connection.command("RSET");
        }
        return number;
    }

    private SmtpReply submitData(SmtpConnection connection, CrashMessage message) throws IOException {
        SmtpReply ready = announce(connection, message);
        ready = ready.isPositive() ? connection.command("DATA") : ready;
        if (!ready.isPositive()) {
            return ready;
        }
        byte[] stuffed = stuffed(message.content());
        connection.content(stuffed, 0, stuffed.length);
        submissions.put(message.number(), Submission.UNANSWERED);
        connection.endOfData();
        return connection.reply();
    }

    private SmtpReply submitChunks(SmtpConnection connection, CrashMessage message) throws IOException {
        SmtpReply reply = announce(connection, message);
        byte[] content = message.content();
        for (int from = 0; from < content.length && reply.isPositive(); from += CHUNK) {
            int length = Math.min(CHUNK, content.length - from);
            boolean last = from + length == content.length;
            if (last) {
                submissions.put(message.number(), Submission.UNANSWERED);
            }
            connection.send("BDAT " + length + (last ? " LAST" : ""));
            connection.content(content, from, length);
            reply = connection.reply();
        }
        return reply;
    }

    private static SmtpReply announce(SmtpConnection connection, CrashMessage message) throws IOException {
        SmtpReply reply = connection.command("MAIL FROM:<" + message.sender() + "> BODY=8BITMIME");
        for (String recipient : message.recipients()) {
            reply = reply.isPositive() ? connection.command("RCPT TO:<" + recipient + ">") : reply;
        }
        return reply;
    }

    private static byte[] stuffed(byte[] content) {
        var stuffed = new ByteArrayOutputStream(content.length + content.length / 64);
        boolean lineStart = true;
        for (byte b : content) {
            if (lineStart && b == '.') {
                stuffed.write('.');
            }
            stuffed.write(b);
            lineStart = b == '\n';
        }
        return stuffed.toByteArray();
    }
}
