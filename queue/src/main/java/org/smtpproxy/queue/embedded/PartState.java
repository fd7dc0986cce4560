package org.smtpproxy.queue.embedded;

import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MessageKey;

/**
 * A part's recipients and what is known about them; a row of {@link Family#PARTS}.
 *
 * @param revision counts how often the part was rewritten; an open attempt names the revision it was made for
 * @param alone nothing else refers to the message, so that its end is the message's end
 * @param inDoubt the account that may already have the message
 */
record PartState(
        PartId id, long revision, boolean alone, Optional<AccountId> inDoubt, List<RecipientState> recipients) {

    private static final int FORMAT = 1;

    byte[] encode(MessageKey key) {
        byte[] sealed =
                new Encoder(64 * recipients.size()).recipients(recipients).toBytes();
        return new Encoder(64 + sealed.length)
                .octet(FORMAT)
                .number(revision)
                .octet(alone ? 1 : 0)
                .optionalText(inDoubt.map(AccountId::toString))
                .raw(key.seal(context(id, 'p'), sealed))
                .toBytes();
    }

    static PartState decode(PartId id, byte[] row, MessageKey key) throws DamagedException {
        Decoder clear = new Decoder(row);
        requireFormat(clear);
        long revision = clear.number();
        boolean alone = clear.flag();
        Optional<AccountId> inDoubt = clear.optionalText().map(AccountId::parse);
        Decoder sealed = new Decoder(key.unseal(context(id, 'p'), clear.rest()));
        return new PartState(id, revision, alone, inDoubt, sealed.recipients());
    }

    static long revision(byte[] row) {
        Decoder clear = new Decoder(row);
        requireFormat(clear);
        return clear.number();
    }

    /** The row with an account that may have the message; its revision stays, its sealed part too. */
    static byte[] withDoubt(byte[] row, AccountId account) {
        Decoder clear = new Decoder(row);
        requireFormat(clear);
        long revision = clear.number();
        int alone = clear.octet();
        clear.optionalText();
        return new Encoder(row.length + 128)
                .octet(FORMAT)
                .number(revision)
                .octet(alone)
                .optionalText(Optional.of(account.toString()))
                .raw(clear.rest())
                .toBytes();
    }

    static byte[] key(PartId id) {
        return new Encoder(24)
                .fixed(id.message().high())
                .fixed(id.message().low())
                .fixed(id.number())
                .toBytes();
    }

    /** What is authenticated with a record that belongs to a part. */
    static byte[] context(PartId id, char kind) {
        return new Encoder(9).octet(kind).fixed(id.number()).toBytes();
    }

    private static void requireFormat(Decoder clear) {
        if (clear.octet() != FORMAT) {
            throw new IllegalStateException("a part's row has an unknown format");
        }
    }
}
