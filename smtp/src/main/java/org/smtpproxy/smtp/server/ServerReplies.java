package org.smtpproxy.smtp.server;

import org.smtpproxy.mail.Reply;

/** What the protocol itself says; policy brings its own replies. */
final class ServerReplies {
    static final Reply OK = Reply.of(250, "2.0.0", "Ok");
    static final Reply SENDER_OK = Reply.of(250, "2.1.0", "Sender ok");
    static final Reply GO_ON_WITH_DATA = Reply.plain(354, "End data with <CR><LF>.<CR><LF>");
    static final Reply READY_FOR_TLS = Reply.of(220, "2.0.0", "Ready to start TLS");
    static final Reply LOGGED_IN = Reply.of(235, "2.7.0", "Authentication successful");
    static final Reply HELP = Reply.of(214, "2.0.0", "RFC 5321 tells the commands, EHLO the extensions");
    static final Reply CANNOT_VERIFY = Reply.of(252, "2.0.0", "Cannot verify, but will take messages for it");

    static final Reply MALFORMED_LINE = Reply.of(500, "5.5.2", "A CR, LF or NUL stands alone in the line");
    static final Reply LINE_TOO_LONG = Reply.of(500, "5.5.2", "Line too long");
    static final Reply MALFORMED_RESPONSE = Reply.of(501, "5.5.2", "Authentication cancelled by a malformed line");
    static final Reply RESPONSE_TOO_LONG = Reply.of(500, "5.5.6", "Authentication exchange line is too long");
    static final Reply UNKNOWN_COMMAND = Reply.of(500, "5.5.1", "Command not recognized");
    static final Reply NOT_IMPLEMENTED = Reply.of(502, "5.5.1", "Command not implemented");
    static final Reply NO_ARGUMENT = Reply.of(501, "5.5.4", "No argument is expected");
    static final Reply HOST_NAME_EXPECTED = Reply.of(501, "5.5.4", "A host name is expected");
    static final Reply GREET_FIRST = Reply.of(503, "5.5.1", "Send EHLO first");
    static final Reply NESTED_MAIL = Reply.of(503, "5.5.1", "A message is under way");
    static final Reply MAIL_FIRST = Reply.of(503, "5.5.1", "Send MAIL first");
    static final Reply CHUNKS_ONLY = Reply.of(503, "5.5.1", "Only BDAT or RSET can follow BDAT");
    static final Reply NO_RECIPIENTS = Reply.of(554, "5.5.1", "No valid recipients");
    static final Reply TOO_MANY_RECIPIENTS = Reply.of(452, "4.5.3", "Too many recipients");
    static final Reply RECIPIENT_EXPECTED = Reply.of(501, "5.5.4", "RCPT TO:<address> is expected");
    static final Reply BAD_RECIPIENT = Reply.of(501, "5.1.3", "Bad recipient address syntax");
    static final Reply BAD_PARAMETER = Reply.of(501, "5.5.4", "Bad parameter syntax");
    static final Reply UNKNOWN_PARAMETER = Reply.of(555, "5.5.4", "A parameter is not recognized");
    static final Reply NEEDS_SMTPUTF8 = Reply.of(553, "5.6.7", "The address needs SMTPUTF8");
    static final Reply BAD_CHUNK = Reply.of(501, "5.5.4", "BDAT size [LAST] is expected");
    static final Reply TOO_BIG = Reply.of(552, "5.3.4", "Message is too big");
    static final Reply BARE_NEWLINE = Reply.of(550, "5.6.0", "A CR or LF stands alone in the content");
    static final Reply TLS_IS_ON = Reply.of(503, "5.5.1", "TLS is on");
    static final Reply TLS_FIRST = Reply.of(538, "5.7.11", "Encryption required: send STARTTLS first");
    static final Reply IS_LOGGED_IN = Reply.of(503, "5.5.1", "You are authenticated");
    static final Reply UNKNOWN_MECHANISM = Reply.of(504, "5.5.4", "Mechanism not supported");
    static final Reply LOGIN_CANCELLED = Reply.of(501, "5.7.0", "Authentication cancelled");

    static final Reply INTERNAL_ERROR = Reply.of(451, "4.3.0", "Internal error, try again later");
    static final Reply CANNOT_SERVE = Reply.of(421, "4.3.0", "Internal error, try again later");
    static final Reply TOO_MANY_ERRORS = Reply.of(421, "4.7.0", "Too many errors");
    static final Reply TOO_MANY_FRUITLESS = Reply.of(421, "4.7.0", "Too many commands without a message");
    static final Reply TOO_MANY_REFUSED = Reply.of(421, "4.7.0", "Too many refused recipients");
    static final Reply TOO_MANY_LOGINS = Reply.of(421, "4.7.0", "Too many failed logins");
    static final Reply TOO_MANY_CHUNKS = Reply.of(421, "4.7.0", "Too many small chunks");
    static final Reply NOT_SMTP = Reply.of(421, "4.7.0", "This is not SMTP");

    static final Reply TOO_SLOW = Reply.of(421, "4.4.2", "Timeout, closing the connection");
    static final Reply SHUTTING_DOWN = Reply.of(421, "4.3.2", "Shutting down, try again later");
    static final Reply LISTENER_FULL = Reply.of(421, "4.3.2", "Too many connections, try again later");
    static final Reply CLIENT_LIMIT = Reply.of(421, "4.7.0", "Too many connections from your address");

    private ServerReplies() {}
}
