package org.smtpproxy.testkit.load;

import java.io.IOException;

/** The server didn't let us in: at its banner, EHLO, STARTTLS or AUTH. */
public final class SessionRefusedException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient SmtpReply reply;

    SessionRefusedException(SmtpReply reply) {
        super("session refused: " + reply);
        this.reply = reply;
    }

    public SmtpReply reply() {
        return reply;
    }
}
