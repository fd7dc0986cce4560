package org.smtpproxy.smtp.client;

import java.time.Duration;

/**
 * How long each phase may take.
 *
 * @param connect until the TCP connection stands, over all addresses of the host
 * @param command for the greeting, a TLS handshake, each reply, and each block of content
 * @param finalReply for the reply to the whole message: closing earlier makes duplicates (RFC 5321 section 4.5.3.2.6)
 */
public record Timeouts(Duration connect, Duration command, Duration finalReply) {
    public static final Duration FINAL_REPLY = Duration.ofMinutes(10);

    public Timeouts(Duration connect, Duration command) {
        this(connect, command, FINAL_REPLY);
    }
}
