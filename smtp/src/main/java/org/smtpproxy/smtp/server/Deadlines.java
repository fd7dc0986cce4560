package org.smtpproxy.smtp.server;

import java.time.Duration;

/**
 * How long clients may keep a server waiting. Time the server spends on its own work counts only for the session.
 *
 * @param command until the next command is complete, or replies are taken (RFC 5321 section 4.5.3.2.7)
 * @param handshake for TLS
 * @param contentWindow how far content may fall behind {@code contentBytesPerSecond}
 * @param session for everything
 * @param stranger for a session to log in or have a MAIL accepted, so that who may not submit holds no slot for long
 */
public record Deadlines(
        Duration command,
        Duration handshake,
        Duration contentWindow,
        int contentBytesPerSecond,
        Duration session,
        Duration stranger) {
    private static final Duration OF_STRANGERS = Duration.ofMinutes(1);

    public Deadlines {
        requirePositive(command);
        requirePositive(handshake);
        requirePositive(contentWindow);
        requirePositive(session);
        requirePositive(stranger);
        if (contentBytesPerSecond < 1) {
            throw new IllegalArgumentException("a content rate is at least 1 octet per second");
        }
    }

    /** With a minute for strangers: enough to shake hands and log in over the slowest of lines. */
    public Deadlines(
            Duration command, Duration handshake, Duration contentWindow, int contentBytesPerSecond, Duration session) {
        this(command, handshake, contentWindow, contentBytesPerSecond, session, OF_STRANGERS);
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
