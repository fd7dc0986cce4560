package org.smtpproxy.smtp.server;

import java.net.InetSocketAddress;

import org.smtpproxy.mail.EmailAddress;

/**
 * One address where clients connect.
 *
 * @param bind port 0 takes any free one
 * @param hostname what the banner and EHLO say, and the domain of {@code <postmaster>}
 * @param maxConnections beyond it, connections get 421 4.3.2
 * @param maxConnectionsPerClient for each client address, of IPv6 for each /64; beyond it, 421 4.7.0
 */
public record ListenerOptions(
        InetSocketAddress bind,
        ListenerTls tls,
        String hostname,
        int maxConnections,
        int maxConnectionsPerClient,
        Deadlines deadlines) {
    public ListenerOptions {
        if (maxConnections < 1 || maxConnectionsPerClient < 1) {
            throw new IllegalArgumentException("a listener allows at least one connection");
        }
        // Fails for a name that can't be a mail domain.
        new EmailAddress("postmaster", hostname);
    }
}
