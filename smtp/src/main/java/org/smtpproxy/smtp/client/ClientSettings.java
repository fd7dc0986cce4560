package org.smtpproxy.smtp.client;

import java.util.Optional;

/**
 * One server and how to talk to it.
 *
 * @param trust the certificates to trust in place of the system's
 * @param helloName our name in EHLO
 * @param login absent for a server that knows us otherwise
 */
public record ClientSettings(
        String host,
        int port,
        TlsMode tls,
        Optional<TrustedCertificates> trust,
        String helloName,
        Optional<Login> login,
        Timeouts timeouts) {
    public ClientSettings {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a port is 1 to 65535, not " + port);
        }
    }

    /** Under TLS, whether the server must prove who it is; a password is never given to one that doesn't. */
    boolean verifies() {
        return tls.verifies() || login.isPresent();
    }
}
