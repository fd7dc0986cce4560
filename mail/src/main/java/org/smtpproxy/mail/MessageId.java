package org.smtpproxy.mail;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The id a message gets when it is accepted: the same in the SMTP reply, logs, API and events. A ULID: 48 bits of
 * milliseconds, 80 random bits, printed as 26 characters of Crockford's base 32, so that ids sort by time.
 */
public record MessageId(long high, long low) implements Comparable<MessageId> {
    public static final int BYTES = 16;

    private static final char[] ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();
    private static final int LENGTH = 26;
    private static final long NODE_SALT = new SecureRandom().nextLong();

    /** A fresh id for a message accepted at {@code now}. */
    public static MessageId next(Instant now) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        long high = (now.toEpochMilli() << 16) | (random.nextLong() & 0xFFFF);
        return new MessageId(high, random.nextLong() ^ NODE_SALT);
    }

    public static MessageId parse(String text) {
        if (text.length() != LENGTH || text.charAt(0) > '7') {
            throw new IllegalArgumentException("a message id has 26 characters, not: " + text);
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < LENGTH; i++) {
            int digit = digit(text.charAt(i));
            high = (high << 5) | (low >>> 59);
            low = (low << 5) | digit;
        }
        return new MessageId(high, low);
    }

    public static MessageId fromBytes(ByteBuffer bytes) {
        return new MessageId(bytes.getLong(), bytes.getLong());
    }

    public byte[] toBytes() {
        return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
    }

    /** When the message was accepted, to the millisecond. */
    public Instant time() {
        return Instant.ofEpochMilli(high >>> 16);
    }

    private static int digit(char c) {
        for (int i = 0; i < ALPHABET.length; i++) {
            if (ALPHABET[i] == c) {
                return i;
            }
        }
        throw new IllegalArgumentException("not a character of a message id: " + c);
    }

    @Override
    public int compareTo(MessageId other) {
        int order = Long.compareUnsigned(high, other.high);
        return order != 0 ? order : Long.compareUnsigned(low, other.low);
    }

    @Override
    public String toString() {
        char[] text = new char[LENGTH];
        long restHigh = high;
        long restLow = low;
        for (int i = LENGTH - 1; i >= 0; i--) {
            text[i] = ALPHABET[(int) (restLow & 31)];
            restLow = (restLow >>> 5) | (restHigh << 59);
            restHigh >>>= 5;
        }
        return new String(text);
    }
}
