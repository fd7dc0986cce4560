package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MessageKey;

/** Recipients given up on; a row of {@link Family#DEAD}. A tenant's rows are in the order of their messages' age. */
record DeadRow(PartId id, Instant givenUpAt, List<RecipientState> recipients) {
    private static final int FORMAT = 1;
    private static final int SUFFIX = 24;

    static byte[] encode(PartId id, Instant givenUpAt, List<RecipientState> recipients, MessageKey key) {
        byte[] sealed =
                new Encoder(64 * recipients.size()).recipients(recipients).toBytes();
        return new Encoder(64 + sealed.length)
                .octet(FORMAT)
                .number(givenUpAt.toEpochMilli())
                .raw(key.seal(PartState.context(id, 'd'), sealed))
                .toBytes();
    }

    static DeadRow decode(PartId id, byte[] row, MessageKey key) throws DamagedException {
        Decoder clear = new Decoder(row);
        if (clear.octet() != FORMAT) {
            throw new IllegalStateException("a dead letter's row has an unknown format");
        }
        Instant givenUpAt = Instant.ofEpochMilli(clear.number());
        Decoder sealed = new Decoder(key.unseal(PartState.context(id, 'd'), clear.rest()));
        return new DeadRow(id, givenUpAt, sealed.recipients());
    }

    static byte[] key(TenantId tenant, PartId id) {
        byte[] prefix = prefix(tenant, 0);
        return new Encoder(prefix.length + SUFFIX)
                .raw(prefix)
                .raw(PartState.key(id))
                .toBytes();
    }

    static PartId id(byte[] key) {
        Decoder suffix = new Decoder(key, key.length - SUFFIX);
        return new PartId(suffix.messageId(), suffix.fixed());
    }

    /** Where a tenant's rows start. */
    static byte[] first(TenantId tenant) {
        return prefix(tenant, 0);
    }

    /** Where a tenant's rows behind a message start. */
    static byte[] behind(TenantId tenant, MessageId message) {
        return key(tenant, new PartId(message, -1L));
    }

    /** Where the rows behind a tenant's start. */
    static byte[] behind(TenantId tenant) {
        return prefix(tenant, 1);
    }

    private static byte[] prefix(TenantId tenant, int end) {
        byte[] name = tenant.value().getBytes(StandardCharsets.US_ASCII);
        return new Encoder(name.length + 1).raw(name).octet(end).toBytes();
    }
}
