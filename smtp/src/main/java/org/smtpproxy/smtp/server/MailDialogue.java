package org.smtpproxy.smtp.server;

import java.nio.ByteBuffer;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;

/**
 * The commands of a mail transaction, MAIL, RCPT, DATA, BDAT and RSET, and the content behind them: what is allowed
 * when, one message after the other. Content that is announced is read to its end, whatever becomes of the message, so
 * that none of it is ever taken for commands.
 */
final class MailDialogue {
    /** What the next octets are. */
    enum Expects {
        COMMAND,
        DATA,
        CHUNK
    }

    private final String hostname;
    private final SessionFacts facts;
    private final SessionHandler handler;
    private final Answers answers;

    private Expects expects = Expects.COMMAND;
    private @Nullable Intake intake;
    private long chunkLeft;
    private boolean lastChunk;
    private @Nullable Reply chunkRefusal;

    MailDialogue(String hostname, SessionFacts facts, SessionHandler handler, Answers answers) {
        this.hostname = hostname;
        this.facts = facts;
        this.handler = handler;
        this.answers = answers;
    }

    Expects expects() {
        return expects;
    }

    /** Whether a message is between MAIL and its end, or octets of a refused one are still to come. */
    boolean isUnderWay() {
        return intake != null || expects != Expects.COMMAND;
    }

    /** MAIL. */
    void begin(String argument, SessionLimits limits) {
        if (!facts.isGreeted()) {
            answers.error(ServerReplies.GREET_FIRST);
        } else if (intake != null) {
            answers.error(ServerReplies.NESTED_MAIL);
        } else {
            switch (MailArgument.parse(argument, hostname)) {
                case MailArgument.Refused(Reply refused) -> answers.error(refused);
                case MailArgument.Valid(MailCommand mail) -> begin(mail, limits);
            }
        }
    }

    /** RCPT. */
    void recipient(String argument) {
        if (intake == null) {
            answers.error(ServerReplies.MAIL_FIRST);
        } else if (intake.hasContent()) {
            answers.error(ServerReplies.CHUNKS_ONLY);
        } else {
            switch (RecipientArgument.parse(argument, hostname, intake.takesUtf8())) {
                case RecipientArgument.Refused(Reply refused) -> answers.error(refused);
                case RecipientArgument.Valid(EmailAddress address) -> {
                    if (intake.isFull()) {
                        answers.excessRecipient(ServerReplies.TOO_MANY_RECIPIENTS);
                    } else {
                        answers.recipient(intake.recipient(address));
                    }
                }
            }
        }
    }

    /** DATA. */
    void data(String argument) {
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
            expects = Expects.DATA;
        }
    }

    /** BDAT. */
    void chunk(String argument) {
        Optional<ChunkArgument> parsed = ChunkArgument.parse(argument);
        if (parsed.isEmpty()) {
            answers.error(ServerReplies.BAD_CHUNK);
            return;
        }
        ChunkArgument chunk = parsed.get();
        chunkLeft = chunk.size();
        lastChunk = chunk.last();
        chunkRefusal = refusalOf(chunk);
        expects = Expects.CHUNK;
        if (chunkLeft == 0) {
            endChunk();
        }
    }

    /** Takes content from the buffer, at least one octet, at most to its end. */
    void content(ByteBuffer in) {
        if (expects == Expects.DATA) {
            takeData(in);
        } else {
            takeChunk(in);
        }
    }

    /** RSET. */
    void reset(String argument) {
        if (!argument.isEmpty()) {
            answers.error(ServerReplies.NO_ARGUMENT);
        } else {
            abort();
            answers.fruitless(ServerReplies.OK);
        }
    }

    /** Forgets the message under way. */
    void abort() {
        if (intake != null) {
            intake.abort();
            intake = null;
        }
    }

    private void begin(MailCommand mail, SessionLimits limits) {
        if (mail.size().orElse(0) > limits.maxMessageBytes()) {
            answers.error(ServerReplies.TOO_BIG);
            return;
        }
        facts.mail(mail.smtpUtf8());
        switch (handler.mail(mail)) {
            case SessionHandler.MailDecision.Refused(Reply refused) -> answers.error(refused);
            case SessionHandler.MailDecision.Begun(Transaction transaction) -> {
                facts.transactionBegun();
                intake = new Intake(transaction, mail.smtpUtf8(), limits, facts.id());
                answers.fruitless(ServerReplies.SENDER_OK);
            }
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

    private void takeData(ByteBuffer in) {
        Intake message = current();
        int origin = in.arrayOffset();
        int end = message.data(in.array(), origin + in.position(), origin + in.limit());
        in.position(end < 0 ? in.limit() : end - origin);
        if (end >= 0) {
            expects = Expects.COMMAND;
            finish(message);
        }
    }

    private void takeChunk(ByteBuffer in) {
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
    }

    private void endChunk() {
        expects = Expects.COMMAND;
        if (chunkRefusal != null) {
            // Not an error each time: behind a refused chunk, others may be on their way already.
            answers.fruitless(chunkRefusal);
            abort();
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

    private Intake current() {
        if (intake == null) {
            throw new IllegalStateException("no message is under way");
        }
        return intake;
    }
}
