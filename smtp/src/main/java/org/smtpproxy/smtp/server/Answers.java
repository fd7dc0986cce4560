package org.smtpproxy.smtp.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.Reply;

/**
 * The replies of a session, and whether they end it: a 421, whoever says it, closes the connection (RFC 5321 section
 * 3.8). Where patience is over, a 421 takes the place of the reply.
 */
final class Answers {
    private static final Logger log = LoggerFactory.getLogger(Answers.class);

    private final ReplyBuffer replies = new ReplyBuffer();
    private final Patience patience = new Patience();
    private final String sessionId;
    private boolean closing;

    Answers(String sessionId) {
        this.sessionId = sessionId;
    }

    void reply(Reply reply) {
        replies.append(reply);
        closing |= reply.code() == 421;
    }

    /** The client broke the protocol, or its message was refused. */
    void error(Reply reply) {
        log.atInfo()
                .addKeyValue("session_id", sessionId)
                .addKeyValue("reply", reply.code())
                .log("Refused a command");
        reply(patience.error() ? reply : ServerReplies.TOO_MANY_ERRORS);
    }

    /** The command is fine but brings no message nearer. */
    void fruitless(Reply reply) {
        reply(patience.fruitlessCommand() ? reply : ServerReplies.TOO_MANY_FRUITLESS);
    }

    void recipient(Reply reply) {
        if (reply.isPositive()) {
            patience.acceptedRecipient();
            reply(reply);
        } else {
            reply(patience.refusedRecipient() ? reply : ServerReplies.TOO_MANY_REFUSED);
        }
    }

    void excessRecipient(Reply reply) {
        reply(patience.excessRecipient() ? reply : ServerReplies.TOO_MANY_REFUSED);
    }

    void failedLogin(Reply reply) {
        reply(patience.failedLogin() ? reply : ServerReplies.TOO_MANY_LOGINS);
    }

    /** The answer to a whole message. */
    void message(Reply reply) {
        if (reply.isPositive()) {
            patience.committedMessage();
            reply(reply);
        } else {
            error(reply);
        }
    }

    boolean isClosing() {
        return closing;
    }

    ReplyBuffer unsent() {
        return replies;
    }
}
