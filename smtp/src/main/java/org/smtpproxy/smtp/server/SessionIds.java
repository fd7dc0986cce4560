package org.smtpproxy.smtp.server;

import java.util.concurrent.ThreadLocalRandom;

/** Ids of sessions: 12 characters of Crockford's base 32, 60 random bits, unique across nodes without talking. */
final class SessionIds {
    private static final int LENGTH = 12;
    private static final char[] DIGITS = "0123456789abcdefghjkmnpqrstvwxyz".toCharArray();

    private SessionIds() {}

    static String next() {
        long bits = ThreadLocalRandom.current().nextLong();
        char[] id = new char[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            id[i] = DIGITS[(int) (bits & 31)];
            bits >>>= 5;
        }
        return new String(id);
    }
}
