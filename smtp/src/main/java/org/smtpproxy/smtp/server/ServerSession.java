package org.smtpproxy.smtp.server;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.EmailAddress;
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

    private enum Mode {
        LINE,
        DATA,
        CHUNK
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
    private final LineReader lines = new LineReader();

    private Next next = Next.READ;
    private Mode mode = Mode.LINE;
    private SessionLimits limits = NO_LIMITS_YET;
    private @Nullable Intake intake;
    private @Nullable Reply leaving;

    private long chunkLeft;
    private boolean lastChunk;
    private @Nullable Reply chunkRefusal;

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
        abortMessage();
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
        abortMessage();
        try {
            handler.closed();
        } catch (RuntimeException thrown) {
            logFailure(thrown);
        }
    }

    /** No message is under way, so nothing is lost if the connection ends now. */
    boolean isIdle() {
        return intake == null && mode == Mode.LINE;
    }

    /** Content is on its way: much may come. */
    boolean isInContent() {
        return mode != Mode.LINE;
    }

    ReplyBuffer replies() {
        return answers.unsent();
    }

    /** Takes one line or one stretch of content; false when more octets are needed. */
    private boolean step(ByteBuffer in) {
        try {
            return switch (mode) {
                case LINE -> line(in);
                case DATA -> data(in);
                case CHUNK -> chunk(in);
            };
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
            case "MAIL" -> mail(argument);
            case "RCPT" -> recipient(argument);
            case "DATA" -> announceData(argument);
            case "BDAT" -> announceChunk(argument);
            case "RSET" -> reset(argument);
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
        abortMessage();
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
            abortMessage();
            answers.reply(ServerReplies.READY_FOR_TLS);
            next = Next.START_TLS;
        }
    }

    private void authenticate(String argument) {
        if (intake != null) {
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

    private void mail(String argument) {
        if (!facts.isGreeted()) {
            answers.error(ServerReplies.GREET_FIRST);
        } else if (intake != null) {
            answers.error(ServerReplies.NESTED_MAIL);
        } else {
            switch (MailArgument.parse(argument, hostname)) {
                case MailArgument.Refused(Reply refused) -> answers.error(refused);
                case MailArgument.Valid(MailCommand mail) -> begin(mail);
            }
        }
    }

    private void begin(MailCommand mail) {
        if (mail.size().orElse(0) > limits.maxMessageBytes()) {
            answers.error(ServerReplies.TOO_BIG);
            return;
        }
        facts.mail(mail.smtpUtf8());
        switch (handler.mail(mail)) {
            case SessionHandler.MailDecision.Refused(Reply refused) -> answers.error(refused);
            case SessionHandler.MailDecision.Begun(Transaction transaction) -> {
                intake = new Intake(transaction, mail.smtpUtf8(), limits, facts.id());
                answers.fruitless(ServerReplies.SENDER_OK);
            }
        }
    }

    private void recipient(String argument) {
        if (intake == null) {
            answers.error(ServerReplies.MAIL_FIRST);
        } else if (intake.hasContent()) {
            answers.error(ServerReplies.CHUNKS_ONLY);
        } else {
            switch (RecipientArgument.parse(argument, hostname, intake.takesUtf8())) {
                case RecipientArgument.Refused(Reply refused) -> answers.error(refused);
                case RecipientArgument.Valid(EmailAddress address) -> {
                    if (intake.isFull()) {
                        answers.reply(ServerReplies.TOO_MANY_RECIPIENTS);
                    } else {
                        answers.recipient(intake.recipient(address));
                    }
                }
            }
        }
    }

    private void announceData(String argument) {
        if (!argument.isEmpty()) {
            answers.error(ServerReplies.NO_ARGUMENT);
        } else if (intake == null) {
            answers.error(ServerReplies.MAIL_FIRST);
        } else if (intake.hasContent()) {
            answers.error(ServerReplies.CHUNKS_ONLY);
        } else if (!intake.hasRecipients()) {
            answers.error(ServerReplies.NO_RECIPIENTS);
        } else {
            intake.beginData();
            answers.reply(ServerReplies.GO_ON_WITH_DATA);
            mode = Mode.DATA;
        }
    }

    private boolean data(ByteBuffer in) {
        Intake message = current();
        int origin = in.arrayOffset();
        int end = message.data(in.array(), origin + in.position(), origin + in.limit());
        in.position(end < 0 ? in.limit() : end - origin);
        if (end >= 0) {
            mode = Mode.LINE;
            finish(message);
        }
        return true;
    }

    private void announceChunk(String argument) {
        Optional<ChunkArgument> parsed = ChunkArgument.parse(argument);
        if (parsed.isEmpty()) {
            answers.error(ServerReplies.BAD_CHUNK);
            return;
        }
        ChunkArgument chunk = parsed.get();
        chunkLeft = chunk.size();
        lastChunk = chunk.last();
        chunkRefusal = refusalOf(chunk);
        mode = Mode.CHUNK;
        if (chunkLeft == 0) {
            endChunk();
        }
    }

    /** A chunk's octets follow whatever we think of it, and are thrown away then (RFC 3030 section 2). */
    private @Nullable Reply refusalOf(ChunkArgument chunk) {
        if (!chunk.wellFormed()) {
            return ServerReplies.BAD_CHUNK;
        }
        if (intake == null) {
            return ServerReplies.MAIL_FIRST;
        }
        if (!intake.hasRecipients()) {
            return ServerReplies.NO_RECIPIENTS;
        }
        intake.beginChunk(chunk.size());
        return null;
    }

    private boolean chunk(ByteBuffer in) {
        int length = (int) Math.min(in.remaining(), chunkLeft);
        int from = in.arrayOffset() + in.position();
        if (chunkRefusal == null) {
            current().chunk(in.array(), from, from + length);
        }
        in.position(in.position() + length);
        chunkLeft -= length;
        if (chunkLeft == 0) {
            endChunk();
        }
        return true;
    }

    private void endChunk() {
        mode = Mode.LINE;
        if (chunkRefusal != null) {
            // Not an error each time: behind a refused chunk, others may be on their way already.
            answers.fruitless(chunkRefusal);
            abortMessage();
            return;
        }
        Intake message = current();
        if (lastChunk) {
            message.endLastChunk();
            finish(message);
        } else if (message.refusal().isPresent()) {
            finish(message);
        } else {
            answers.reply(ServerReplies.OK);
        }
    }

    private void finish(Intake message) {
        intake = null;
        answers.message(message.finish());
    }

    private void reset(String argument) {
        if (!argument.isEmpty()) {
            answers.error(ServerReplies.NO_ARGUMENT);
        } else {
            abortMessage();
            answers.fruitless(ServerReplies.OK);
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

    private Intake current() {
        if (intake == null) {
            throw new IllegalStateException("no message is under way");
        }
        return intake;
    }

    private void abortMessage() {
        if (intake != null) {
            intake.abort();
            intake = null;
        }
    }

    private void logFailure(RuntimeException thrown) {
        log.atError().addKeyValue("session_id", facts.id()).setCause(thrown).log("A command failed");
    }
}
