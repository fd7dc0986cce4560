package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MessageKey;

/**
 * What all parts of a message share; a row of {@link Family#MESSAGES}. The row begins with the number of parts and dead
 * letters that refer to the message; it is only kept up to date once the message was split, because until then a part
 * knows that it is alone.
 *
 * @param inFile whether the content is a file rather than a row
 */
record MessageHead(
        MessageId id,
        TenantId tenant,
        Optional<EmailAddress> sender,
        String sessionId,
        Needs needs,
        Instant receivedAt,
        long size,
        boolean inFile) {

    private static final int FORMAT = 1;
    private static final byte[] CONTEXT = "m".getBytes(StandardCharsets.US_ASCII);

    byte[] encode(MessageKey key) {
        byte[] sealed = new Encoder(96).optionalAddress(sender).text(sessionId).toBytes();
        return new Encoder(192)
                .octet(FORMAT)
                .number(1)
                .octet((inFile ? 1 : 0) | (needs.eightBit() ? 2 : 0) | (needs.utf8() ? 4 : 0))
                .number(size)
                .number(receivedAt.toEpochMilli())
                .text(tenant.value())
                .raw(key.seal(CONTEXT, sealed))
                .toBytes();
    }

    static MessageHead decode(MessageId id, byte[] row, MessageKey key) throws DamagedException {
        Decoder clear = afterReferences(row);
        int flags = clear.octet();
        long size = clear.number();
        Instant receivedAt = Instant.ofEpochMilli(clear.number());
        TenantId tenant = new TenantId(clear.text());
        Decoder sealed = new Decoder(key.unseal(CONTEXT, clear.rest()));
        return new MessageHead(
                id,
                tenant,
                sealed.optionalAddress(),
                sealed.text(),
                new Needs((flags & 2) != 0, (flags & 4) != 0),
                receivedAt,
                size,
                (flags & 1) != 0);
    }

    static int references(byte[] row) {
        return new Decoder(row, 1).smallNumber();
    }

    static byte[] withReferences(byte[] row, int references) {
        return new Encoder(row.length + 4)
                .octet(FORMAT)
                .number(references)
                .raw(afterReferences(row).rest())
                .toBytes();
    }

    private static Decoder afterReferences(byte[] row) {
        Decoder clear = new Decoder(row);
        if (clear.octet() != FORMAT) {
            throw new IllegalStateException("a message's row has an unknown format");
        }
        clear.number();
        return clear;
    }
}
