package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.WaitReason;

/**
 * A part's place in a lane; a row of {@link Family#DUE}. Lanes are the rows' prefix, so that a lane is one stretch of
 * them, in the order of due times. What a fresh part needs to be delivered may hang on it in memory.
 */
final class WaitingPart implements Comparable<WaitingPart> {
    private static final int SUFFIX = 8 + 24;

    private final Lane lane;
    private final long due;
    private final PartId id;
    private final WaitReason reason;
    private final long receivedAt;
    private final long size;
    private final @Nullable FreshMessage fresh;

    /** @param due milliseconds since the epoch, as {@code receivedAt} */
    WaitingPart(
            Lane lane,
            long due,
            PartId id,
            WaitReason reason,
            long receivedAt,
            long size,
            @Nullable FreshMessage fresh) {
        this.lane = lane;
        this.due = due;
        this.id = id;
        this.reason = reason;
        this.receivedAt = receivedAt;
        this.size = size;
        this.fresh = fresh;
    }

    /** The inverse of {@link #key} and {@link #value}. */
    static WaitingPart decode(byte[] key, byte[] value) {
        Decoder suffix = new Decoder(key, key.length - SUFFIX);
        long due = suffix.fixed() ^ Long.MIN_VALUE;
        PartId id = new PartId(suffix.messageId(), suffix.fixed());
        Decoder fields = new Decoder(value);
        return new WaitingPart(laneOf(key), due, id, fields.reason(), fields.number(), fields.number(), null);
    }

    byte[] key() {
        byte[] prefix = prefix(lane);
        return new Encoder(prefix.length + SUFFIX)
                .raw(prefix)
                .fixed(due ^ Long.MIN_VALUE)
                .raw(PartState.key(id))
                .toBytes();
    }

    byte[] value() {
        return new Encoder(16).reason(reason).number(receivedAt).number(size).toBytes();
    }

    /** Where a lane's rows start. */
    static byte[] prefix(Lane lane) {
        return prefix(lane, 0);
    }

    /** Where the rows behind a lane's start. */
    static byte[] prefixBehind(Lane lane) {
        return prefix(lane, 1);
    }

    private static byte[] prefix(Lane lane, int end) {
        byte[] name = lane.toString().getBytes(StandardCharsets.US_ASCII);
        return new Encoder(name.length + 1).raw(name).octet(end).toBytes();
    }

    static Lane laneOf(byte[] key) {
        String name = new String(key, 0, key.length - SUFFIX - 1, StandardCharsets.US_ASCII);
        int between = name.indexOf('>');
        return new Lane(new TenantId(name.substring(0, between)), AccountId.parse(name.substring(between + 1)));
    }

    Lane lane() {
        return lane;
    }

    long due() {
        return due;
    }

    PartId id() {
        return id;
    }

    WaitReason reason() {
        return reason;
    }

    long receivedAt() {
        return receivedAt;
    }

    /** Octets of content, what a lane's turn is measured in. */
    long size() {
        return size;
    }

    /** Present for a part that was enqueued by this process and not tried yet, memory permitting. */
    @Nullable
    FreshMessage fresh() {
        return fresh;
    }

    /** Gives up what hangs on it, because it will be read from disk. */
    void forgetContent() {
        if (fresh != null) {
            fresh.drop();
        }
    }

    @Override
    public int compareTo(WaitingPart other) {
        int order = Long.compare(due, other.due);
        return order != 0 ? order : id.compareTo(other.id);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WaitingPart part && due == part.due && id.equals(part.id) && lane.equals(part.lane);
    }

    @Override
    public int hashCode() {
        return id.hashCode() * 31 + Long.hashCode(due);
    }
}
