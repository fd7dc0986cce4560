package org.smtpproxy.smtp.server;

import javax.net.ssl.SSLContext;

/** How a listener's connections become encrypted. Only TLS 1.2 and later are spoken. */
public sealed interface ListenerTls {
    /** Never: no STARTTLS, no AUTH. */
    record None() implements ListenerTls {}

    /** When the client says STARTTLS (RFC 3207). */
    record StartTls(SSLContext context) implements ListenerTls {}

    /** From the first octet (RFC 8314). */
    record Implicit(SSLContext context) implements ListenerTls {}
}
