package org.smtpproxy.smtp.client;

import java.io.IOException;

import org.smtpproxy.mail.Reply;

/** The connection could not be made or was lost: there is no reply to tell of. Closed when this is thrown. */
public final class BrokenTransportException extends IOException {
    /** What broke. */
    public enum Fault {
        /** No address, nobody listens, no route. */
        UNREACHABLE,
        /** The time for the phase was over. */
        TIMEOUT,
        /** Closed by the peer, reset, or closed by an interrupt of our thread. */
        LOST,
        /** The handshake failed for a reason other than the certificate. */
        TLS,
        /** The certificate is not trusted or names another host. */
        CERTIFICATE,
        /** What came is not SMTP. */
        PROTOCOL
    }

    private final Phase phase;
    private final Fault fault;

    BrokenTransportException(Phase phase, Fault fault, String text, Throwable cause) {
        super(text, cause);
        this.phase = phase;
        this.fault = fault;
    }

    public Phase phase() {
        return phase;
    }

    public Fault fault() {
        return fault;
    }

    /** What happened in the form of a reply, for those who keep what was answered. */
    public Reply reply() {
        String status = switch (fault) {
            case UNREACHABLE -> "4.4.1";
            case TIMEOUT, LOST -> "4.4.2";
            case TLS, CERTIFICATE -> "4.7.5";
            case PROTOCOL -> "4.5.0";
        };
        return Reply.of(451, status, ReplyReader.printable(String.valueOf(getMessage())));
    }
}
