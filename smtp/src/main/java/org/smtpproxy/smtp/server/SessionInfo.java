package org.smtpproxy.smtp.server;

import java.net.InetAddress;
import java.util.Optional;

/** What is known of a connection at the time of asking; a live view, read from the connection's thread. */
public interface SessionInfo {
    /** Joins everything said and logged about this connection. */
    String id();

    InetAddress client();

    /** The argument of EHLO or HELO, already checked to be printable; empty before. */
    String helo();

    /** The TLS protocol and cipher suite, {@code TLSv1.3 TLS_AES_128_GCM_SHA256}; empty on a clear connection. */
    Optional<String> tls();

    /** SMTP, ESMTP, ESMTPS, ESMTPA, ESMTPSA, or the UTF8 forms (RFC 3848, RFC 6531 section 4.3). */
    String protocol();
}
