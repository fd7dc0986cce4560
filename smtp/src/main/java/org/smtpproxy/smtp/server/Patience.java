package org.smtpproxy.smtp.server;

/**
 * Counts what a client does without getting anywhere, so that no session can keep us busy for nothing. Each method says
 * whether patience lasts; a committed message restores it. The limits are far above what mail programs do.
 */
final class Patience {
    static final int ERRORS = 20;
    static final int FRUITLESS_COMMANDS = 100;
    static final int REFUSED_RECIPIENTS = 100;
    /** Many: a client that knows no limit sends its whole list each time, and gets on by one message's fill. */
    static final int EXCESS_RECIPIENTS = 10_000;

    static final int FAILED_LOGINS = 5;

    private int errors;
    private int fruitlessCommands;
    private int refusedRecipients;
    private int excessRecipients;
    private int failedLogins;

    /** A command out of order, unknown or malformed, or a refused message. */
    boolean error() {
        return ++errors < ERRORS;
    }

    /** A command that brings no message nearer, such as NOOP or RSET; also MAIL, of which only messages matter. */
    boolean fruitlessCommand() {
        return ++fruitlessCommands < FRUITLESS_COMMANDS;
    }

    /** Recipients refused in a row: a list may hold many dead addresses, but a harvester finds nothing else. */
    boolean refusedRecipient() {
        return ++refusedRecipients < REFUSED_RECIPIENTS;
    }

    void acceptedRecipient() {
        refusedRecipients = 0;
    }

    /** A recipient beyond those that one message may have. */
    boolean excessRecipient() {
        return ++excessRecipients < EXCESS_RECIPIENTS;
    }

    /** Never restored: guessing goes on neither behind messages nor behind a successful login. */
    boolean failedLogin() {
        return ++failedLogins < FAILED_LOGINS;
    }

    void committedMessage() {
        errors = 0;
        fruitlessCommands = 0;
        excessRecipients = 0;
    }
}
