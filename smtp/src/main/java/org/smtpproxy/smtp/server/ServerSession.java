package org.smtpproxy.smtp.server;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.Reply;

/**
 * The server's side of one SMTP connection as a state machine (RFC 5321 and what EHLO offers). It knows no sockets: a
 * transport gives it what it has read, sends what stands in {@link #replies()}, and does as {@link Next} says. Any way
 * of cutting the input gives the same replies. Replies pile up until the input is drained (RFC 2920). What a command
 * means is policy's to decide ({@link SessionHandler}); what that throws is answered 451 and never shown.
 */
final class ServerSession {
    /** What the transport does next, after it has sent the replies. */
    enum Next {
        READ,
        /** Throw away what was read, then shake hands, then call {@link #encrypted}. */
        START_TLS,
        /** The client asked for it. */
        CLOSE,
        /** Close unasked: the client may be sending still, and must get to see the reply. */
        BREAK_OFF,
        /** Nobody is there to hear a reply. */
        GONE
    }

    private static final Logger log = LoggerFactory.getLogger(ServerSession.class);

    /** RFC 5321 section 4.5.3.1.4 asks for 512, each extension of MAIL for a few more. */
    private static final int LONGEST_COMMAND = 2048;

    /** RFC 4954 section 4, also of an AUTH command with an initial response. */
    private static final int LONGEST_SASL_LINE = 12288;

    private static final int LONGEST_HELO = 255;
    private static final SessionLimits NO_LIMITS_YET = new SessionLimits(0, 0, SessionLimits.BareNewlines.REJECT);

    private final String hostname;
    private final boolean offersStartTls;
    private final SessionFacts facts;
    private final SessionHandler handler;
    private final Answers answers;
    private final Authentication authentication;
    private final MailDialogue mail;
    private final LineReader lines = new LineReader();

    private Next next = Next.READ;
    private SessionLimits limits = NO_LIMITS_YET;
    private @Nullable Reply leaving;

    ServerSession(
            String hostname,
            boolean offersStartTls,
            SessionFacts facts,
            SessionHandler handler,
            ServerObserver observer) {
        this.hostname = hostname;
        this.offersStartTls = offersStartTls;
        this.facts = facts;
        this.handler = handler;
        answers = new Answers(facts.id());
        authentication = new Authentication(facts, handler, observer, answers);
        mail = new MailDialogue(hostname, facts, handler, answers);
    }

    /** The client has connected: says the banner, or refuses with what policy said. */
    Next open(Optional<Reply> refused) {
        return refused.map(this::farewell).orElseGet(() -> {
            answers.reply(Reply.plain(220, hostname + " ESMTP"));
            return Next.READ;
        });
    }

    /**
     * Takes octets from a heap buffer, which are overwritten. What stays in it belongs to a command line that is not
     * complete and must be there again, with more behind it, at the next call.
     */
    Next receive(ByteBuffer in) {
        while (next == Next.READ) {
            if (leaving != null && isIdle()) {
                farewell(leaving);
            } else if (!in.hasRemaining() || !step(in)) {
                break;
            } else if (answers.isClosing()) {
                next = Next.BREAK_OFF;
            }
        }
        return next;
    }

    /** TLS is on, by STARTTLS or from the start: whatever was said before is forgotten (RFC 3207 section 4.2). */
    Next encrypted(String protocolAndCipher) {
        mail.abort();
        facts.encrypted(protocolAndCipher);
        limits = NO_LIMITS_YET;
        lines.reset();
        next = Next.READ;
        return next;
    }

    /** Makes the session end with this reply as soon as no message is under way. */
    void leave(Reply farewell) {
        leaving = farewell;
    }

    /** Ends the session with this reply now. */
    Next farewell(Reply farewell) {
        answers.reply(farewell);
        next = Next.BREAK_OFF;
        return next;
    }

    /** The client has sent its last octet, without QUIT. */
    Next endOfInput() {
        next = Next.GONE;
        return next;
    }

    /** The connection is gone. */
    void closed() {
        mail.abort();
        try {
            handler.closed();
        } catch (RuntimeException thrown) {
            logFailure(thrown);
        }
    }

    /** No message is under way, so nothing is lost if the connection ends now. */
    boolean isIdle() {
        return !mail.isUnderWay();
    }

    /** Content is on its way: much may come. */
    boolean isInContent() {
        return mail.expects() != MailDialogue.Expects.COMMAND;
    }

    ReplyBuffer replies() {
        return answers.unsent();
    }

    /** Takes one line or one stretch of content; false when more octets are needed. */
    private boolean step(ByteBuffer in) {
        try {
            if (mail.expects() == MailDialogue.Expects.COMMAND) {
                return line(in);
            }
            mail.content(in);
            return true;
        } catch (RuntimeException thrown) {
            logFailure(thrown);
            answers.reply(ServerReplies.INTERNAL_ERROR);
            return true;
        }
    }

    private boolean line(ByteBuffer in) {
        boolean inSasl = authentication.isUnderWay();
        LineReader.Found found = lines.next(in, inSasl || startsWithAuth(in) ? LONGEST_SASL_LINE : LONGEST_COMMAND);
        switch (found) {
            case LINE -> {
                if (inSasl) {
                    saslResponse(lines.line());
                } else {
                    command(lines.line());
                }
                return true;
            }
            case MALFORMED -> answers.error(inSasl ? ServerReplies.MALFORMED_RESPONSE : ServerReplies.MALFORMED_LINE);
            case TOO_LONG -> answers.error(inSasl ? ServerReplies.RESPONSE_TOO_LONG : ServerReplies.LINE_TOO_LONG);
            case NOTHING -> {
                return false;
            }
        }
        authentication.cancel();
        return true;
    }

    private static boolean startsWithAuth(ByteBuffer in) {
        int at = in.position();
        return in.remaining() > 5
                && (in.get(at) | 0x20) == 'a'
                && (in.get(at + 1) | 0x20) == 'u'
                && (in.get(at + 2) | 0x20) == 't'
                && (in.get(at + 3) | 0x20) == 'h'
                && in.get(at + 4) == ' ';
    }

    private void command(String line) {
        int space = line.indexOf(' ');
        String verb = (space < 0 ? line : line.substring(0, space)).toUpperCase(Locale.ROOT);
        String argument = space < 0 ? "" : line.substring(space + 1).strip();
        switch (verb) {
            case "EHLO" -> hello(argument, true);
            case "HELO" -> hello(argument, false);
            case "STARTTLS" -> startTls(argument);
            case "AUTH" -> authenticate(argument);
            case "MAIL" -> mail.begin(argument, limits);
            case "RCPT" -> mail.recipient(argument);
            case "DATA" -> mail.data(argument);
            case "BDAT" -> mail.chunk(argument);
            case "RSET" -> mail.reset(argument);
            case "QUIT" -> quit(argument);
            case "NOOP" -> answers.fruitless(ServerReplies.OK);
            case "HELP" -> answers.fruitless(ServerReplies.HELP);
            case "VRFY" -> answers.fruitless(ServerReplies.CANNOT_VERIFY);
            case "EXPN", "SEND", "SOML", "SAML", "TURN", "ETRN" -> answers.error(ServerReplies.NOT_IMPLEMENTED);
            // A browser that was made to talk to us: what follows are some page's words.
            case "GET", "POST", "PUT", "CONNECT", "OPTIONS" -> answers.reply(ServerReplies.NOT_SMTP);
            default -> answers.error(ServerReplies.UNKNOWN_COMMAND);
        }
    }

    private void hello(String name, boolean extended) {
        if (!isHostName(name)) {
            answers.error(ServerReplies.HOST_NAME_EXPECTED);
            return;
        }
        mail.abort();
        limits = handler.limits();
        facts.greeted(name, extended);
        answers.fruitless(extended ? offers() : Reply.plain(250, hostname));
    }

    private Reply offers() {
        List<String> lines = new ArrayList<>(List.of(hostname, "PIPELINING", "SIZE " + limits.maxMessageBytes()));
        if (facts.tls().isPresent()) {
            lines.add("AUTH " + SaslExchange.MECHANISMS);
        } else if (offersStartTls) {
            lines.add("STARTTLS");
        }
        lines.addAll(List.of("ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "CHUNKING"));
        return new Reply(250, Optional.empty(), lines);
    }

    /** Printable and without blanks; whether it is true is no matter (RFC 5321 section 4.1.4). */
    private static boolean isHostName(String text) {
        return !text.isEmpty() && text.length() <= LONGEST_HELO && text.chars().allMatch(c -> c > ' ' && c <= '~');
    }

    private void startTls(String argument) {
        if (!argument.isEmpty()) {
            answers.error(ServerReplies.NO_ARGUMENT);
        } else if (facts.tls().isPresent()) {
            answers.error(ServerReplies.TLS_IS_ON);
        } else if (!offersStartTls) {
            answers.error(ServerReplies.NOT_IMPLEMENTED);
        } else {
            mail.abort();
            answers.reply(ServerReplies.READY_FOR_TLS);
            next = Next.START_TLS;
        }
    }

    private void authenticate(String argument) {
        if (mail.isUnderWay()) {
            answers.error(ServerReplies.NESTED_MAIL);
        } else {
            authentication.begin(argument);
            refreshLimits();
        }
    }

    private void saslResponse(String line) {
        authentication.response(line);
        refreshLimits();
    }

    private void refreshLimits() {
        if (facts.isAuthenticated()) {
            limits = handler.limits();
        }
    }

    private void quit(String argument) {
        if (!argument.isEmpty()) {
            answers.error(ServerReplies.NO_ARGUMENT);
        } else {
            answers.reply(Reply.of(221, "2.0.0", hostname + " closing the connection"));
            next = Next.CLOSE;
        }
    }

    private void logFailure(RuntimeException thrown) {
        log.atError().addKeyValue("session_id", facts.id()).setCause(thrown).log("A command failed");
    }
}
