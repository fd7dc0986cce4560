package org.smtpproxy.smtp.server;

import java.time.Duration;

/**
 * How long clients may keep a server waiting. Time the server spends on its own work counts only for the session.
 *
 * @param command until the next command is complete, or replies are taken (RFC 5321 section 4.5.3.2.7)
 * @param handshake for TLS
 * @param contentWindow how far content may fall behind {@code contentBytesPerSecond}
 * @param session for everything
 */
public record Deadlines(
        Duration command, Duration handshake, Duration contentWindow, int contentBytesPerSecond, Duration session) {
    public Deadlines {
        requirePositive(command);
        requirePositive(handshake);
        requirePositive(contentWindow);
        requirePositive(session);
        if (contentBytesPerSecond < 1) {
            throw new IllegalArgumentException("a content rate is at least 1 octet per second");
        }
    }

    public static Deadlines defaults() {
        return new Deadlines(
                Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofMinutes(3), 1000, Duration.ofHours(2));
    }

    private static void requirePositive(Duration duration) {
        if (duration.isNegative() || duration.isZero()) {
            throw new IllegalArgumentException("a deadline is a positive duration, not " + duration);
        }
    }
}
