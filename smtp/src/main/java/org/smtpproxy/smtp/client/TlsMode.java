package org.smtpproxy.smtp.client;

/** How a connection is encrypted. */
public enum TlsMode {
    /** Never, even when offered. */
    NONE,
    /**
     * STARTTLS when offered, any certificate; in the clear only when it is not offered. Stops only eavesdroppers. With
     * a login as {@link #REQUIRED}.
     */
    OPPORTUNISTIC,
    /** STARTTLS with a certificate that is trusted and names the host, or no mail. */
    REQUIRED,
    /** TLS from the first octet (RFC 8314), checked like {@link #REQUIRED}. */
    IMPLICIT;

    boolean verifies() {
        return this == REQUIRED || this == IMPLICIT;
    }
}
