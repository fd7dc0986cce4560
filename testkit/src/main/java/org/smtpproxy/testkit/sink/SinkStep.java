package org.smtpproxy.testkit.sink;

/** A moment of the dialogue at which a {@link SinkScript} may put a fault. */
public enum SinkStep {
    /** In place of the banner. */
    GREETING,
    EHLO,
    HELO,
    STARTTLS,
    /** Before the TLS handshake. */
    HANDSHAKE,
    /** In place of the verdict on a login. */
    AUTH,
    MAIL,
    /** Counted within a transaction, from 1. */
    RCPT,
    DATA,
    /** When content begins, before its first octet is read. */
    BODY,
    /** In place of the reply to a chunk that isn't the last one. */
    CHUNK,
    /** In place of the reply to the whole content. */
    CONTENT,
    RSET,
    /** After the reply to the content was sent. */
    REST
}
