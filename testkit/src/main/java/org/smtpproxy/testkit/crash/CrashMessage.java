package org.smtpproxy.testkit.crash;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A test message that follows from the run's seed and its number alone, so that the sink can make the expected bytes
 * again instead of remembering them. The number is in the envelope's addresses and in the content; a checksum of the
 * body in the header tells a damaged message from one of another run.
 *
 * @param recipients addresses; those that start with <code>later</code> are deferred by the sink once
 * @param replyDelayMillis how long the sink thinks before it takes responsibility, so that attempts are in flight
 * @param refusedOnce whether the sink answers the content with a transient failure at first
 */
record CrashMessage(
        long seed, int number, List<String> recipients, int bodySize, int replyDelayMillis, boolean refusedOnce) {

    static final int MAX_BODY = 600 * 1024;
    private static final Pattern SENDER = Pattern.compile("m(\\d+)@crash\\.test");
    private static final int LONGEST_LINE = 900;

    static CrashMessage of(long seed, int number) {
        var random = random(seed, number);
        int kind = random.nextInt(100);
        var recipients = new ArrayList<String>();
        for (int i = random.nextInt(3) == 0 ? random.nextInt(1, 6) : 1; i > 0; i--) {
            String prefix = random.nextInt(12) == 0 ? "later" : "r";
            recipients.add(prefix + i + "-m" + number + "@sink.test");
        }
        int delay = random.nextInt(4) == 0 ? random.nextInt(10, 150) : 0;
        return new CrashMessage(
                seed, number, List.copyOf(recipients), bodySize(random, kind), delay, random.nextInt(40) == 0);
    }

    /** The number in a sender address of ours, or -1. */
    static int numberOf(String sender) {
        Matcher form = SENDER.matcher(sender);
        return form.matches() && form.group(1).length() < 10 ? Integer.parseInt(form.group(1)) : -1;
    }

    String sender() {
        return "m" + number + "@crash.test";
    }

    /** The content as it is submitted: complete lines, 8-bit, dots at line starts, some without Date and Message-ID. */
    byte[] content() {
        byte[] body = body();
        var header = new StringBuilder();
        header.append("From: <").append(sender()).append(">\r\n");
        header.append("Subject: message ").append(number).append("\r\n");
        if (hasOwnIdentity()) {
            header.append("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n");
            header.append("Message-ID: <").append(number).append("@crash.test>\r\n");
        }
        header.append("X-Crash-Number: ").append(number).append("\r\n");
        header.append("X-Crash-Checksum: ").append(Checksum.of(body)).append("\r\n\r\n");
        var content = new ByteArrayOutputStream(header.length() + body.length);
        content.writeBytes(header.toString().getBytes(StandardCharsets.US_ASCII));
        content.writeBytes(body);
        return content.toByteArray();
    }

    /** Whether it has a Date and a Message-ID, so that none may be added. */
    boolean hasOwnIdentity() {
        return number % 2 == 0;
    }

    /** Whether it is submitted with BDAT where that is offered. */
    boolean chunked() {
        return number % 5 == 0;
    }

    private byte[] body() {
        var random = random(seed, ~number);
        byte[] body = new byte[bodySize + 2];
        random.nextBytes(body);
        int lineEnd = nextLineEnd(random, 0);
        for (int i = 0; i < bodySize; i++) {
            boolean room = i + 3 < bodySize;
            if (i == lineEnd && room) {
                body[i++] = '\r';
                body[i] = '\n';
                lineEnd = nextLineEnd(random, i);
                if (random.nextInt(4) == 0) {
                    body[++i] = '.';
                }
            } else if ((body[i] & 0x7f) < ' ') {
                // Neither control characters nor bare line ends: those are other tests' business.
                body[i] |= 0x40;
            }
        }
        body[bodySize] = '\r';
        body[bodySize + 1] = '\n';
        return body;
    }

    private static int nextLineEnd(SplittableRandom random, int from) {
        return from + 1 + random.nextInt(LONGEST_LINE);
    }

    private static int bodySize(SplittableRandom random, int kind) {
        if (kind < 5) {
            return 1;
        } else if (kind < 75) {
            return random.nextInt(2, 4 * 1024);
        } else if (kind < 93) {
            return random.nextInt(4 * 1024, 64 * 1024);
        } else if (kind < 98) {
            return random.nextInt(64 * 1024, 256 * 1024);
        }
        return random.nextInt(256 * 1024, MAX_BODY + 1);
    }

    private static SplittableRandom random(long seed, int number) {
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + number);
    }
}
