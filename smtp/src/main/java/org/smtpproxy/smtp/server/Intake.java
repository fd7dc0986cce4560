package org.smtpproxy.smtp.server;

import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;

/**
 * One message on its way in, from the accepted MAIL to the answer to its content. Sees to it that the transaction ends
 * exactly once, and at once when its content is refused, although the client will go on sending it.
 */
final class Intake {
    private static final Logger log = LoggerFactory.getLogger(Intake.class);

    /** So many chunks may be as small as they like; beyond, one is allowed for each KB received. */
    private static final int FREE_CHUNKS = 1000;

    private final Transaction transaction;
    private final boolean smtpUtf8;
    private final SessionLimits limits;
    private final String sessionId;
    private int recipients;
    private int chunks;
    private @Nullable ContentDecoder content;
    private @Nullable Reply refusal;

    Intake(Transaction transaction, boolean smtpUtf8, SessionLimits limits, String sessionId) {
        this.transaction = transaction;
        this.smtpUtf8 = smtpUtf8;
        this.limits = limits;
        this.sessionId = sessionId;
    }

    boolean takesUtf8() {
        return smtpUtf8;
    }

    boolean isFull() {
        return recipients >= limits.maxRecipients();
    }

    boolean hasRecipients() {
        return recipients > 0;
    }

    /** Whether a chunk has come, which leaves no way but further chunks. */
    boolean hasContent() {
        return content != null;
    }

    Reply recipient(EmailAddress recipient) {
        Reply reply = transaction.recipient(recipient);
        if (reply.isPositive()) {
            recipients++;
        }
        return reply;
    }

    void beginData() {
        content = ContentDecoder.ofData(limits, transaction::content);
    }

    /** Takes octets behind DATA; returns the index behind the end of data, or -1 before it. */
    int data(byte[] octets, int from, int to) {
        ContentDecoder decoder = decoder();
        int end = decoder.decode(octets, from, to);
        noticeRefusal(decoder);
        return end;
    }

    /** A chunk of {@code size} octets is announced. */
    void beginChunk(long size) {
        if (content == null) {
            content = ContentDecoder.ofChunks(limits, transaction::content);
        }
        chunks++;
        if (chunks > FREE_CHUNKS + content.size() / 1024) {
            refuse(ServerReplies.TOO_MANY_CHUNKS);
        } else if (size > limits.maxMessageBytes() - content.size()) {
            refuse(ServerReplies.TOO_BIG);
        }
    }

    void chunk(byte[] octets, int from, int to) {
        if (refusal == null) {
            ContentDecoder decoder = decoder();
            decoder.decode(octets, from, to);
            noticeRefusal(decoder);
        }
    }

    void endLastChunk() {
        if (refusal == null) {
            ContentDecoder decoder = decoder();
            decoder.endOfChunks();
            noticeRefusal(decoder);
        }
    }

    /** Why the content is refused; the transaction has been aborted then. */
    Optional<Reply> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** The content is complete: commits unless it was refused. */
    Reply finish() {
        return refusal != null ? refusal : transaction.commit();
    }

    /** Forgets the message, unless that has happened. */
    void abort() {
        if (refusal == null) {
            end(ServerReplies.INTERNAL_ERROR, transaction::abort);
        }
    }

    private ContentDecoder decoder() {
        if (content == null) {
            throw new IllegalStateException("no content has begun");
        }
        return content;
    }

    private void noticeRefusal(ContentDecoder decoder) {
        if (refusal == null && decoder.refusal().isPresent()) {
            decoder.failure().ifPresent(this::logFailure);
            refuse(
                    switch (decoder.refusal().get()) {
                        case TOO_BIG -> ServerReplies.TOO_BIG;
                        case BARE_NEWLINE -> ServerReplies.BARE_NEWLINE;
                        case RECEIVER_FAILED -> ServerReplies.INTERNAL_ERROR;
                    });
        }
    }

    private void refuse(Reply reply) {
        end(reply, () -> transaction.refused(reply));
    }

    private void end(Reply reply, Runnable ending) {
        refusal = reply;
        try {
            ending.run();
        } catch (RuntimeException thrown) {
            logFailure(thrown);
        }
    }

    private void logFailure(RuntimeException thrown) {
        log.atError().addKeyValue("session_id", sessionId).setCause(thrown).log("A message could not be taken in");
    }
}
