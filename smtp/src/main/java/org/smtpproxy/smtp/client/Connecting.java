package org.smtpproxy.smtp.client;

import org.smtpproxy.mail.Reply;

/** How opening a session ended, as far as the server answered. */
public sealed interface Connecting {
    /** Ready for MAIL: greeted, encrypted and logged in as the settings ask. */
    record Connected(SmtpConnection connection) implements Connecting {}

    /** The server refused the session, or lacks what the settings ask for; the connection is closed. */
    record Refused(Phase phase, Reply reply) implements Connecting {}
}
