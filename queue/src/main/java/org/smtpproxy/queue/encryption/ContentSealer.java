package org.smtpproxy.queue.encryption;

import java.nio.ByteBuffer;

/**
 * Seals a message's content in segments while it arrives: a header of 8 random octets, then each segment's ciphertext
 * and tag. The nonce is the header and the segment's index; index and whether it is the last are authenticated, so that
 * leaving out, swapping and cutting off are noticed. Used by one thread.
 */
public final class ContentSealer {
    /** Plain octets in every segment but the last, which has 0 to this many. */
    public static final int SEGMENT = 64 * 1024;

    public static final int HEADER = 8;
    static final int SEALED_SEGMENT = SEGMENT + CipherEngine.TAG;

    private final MessageKey key;
    private final byte[] header = new byte[HEADER];
    private int index;

    public ContentSealer(MessageKey key) {
        this.key = key;
        try (CipherEngine engine = CipherEngine.borrow()) {
            engine.random(header, 0, HEADER);
        }
    }

    /** How long content of a size is when sealed. */
    public static long sealedSize(long size) {
        return HEADER + size + segments(size) * CipherEngine.TAG;
    }

    static long segments(long size) {
        return Math.max(1, (size + SEGMENT - 1) / SEGMENT);
    }

    /** What comes before the first segment. */
    public byte[] header() {
        return header.clone();
    }

    /** Seals the next segment; {@code target} has room for a segment and its tag. Returns how much was written. */
    public int seal(byte[] plain, int length, boolean last, byte[] target, int at) {
        if (length > SEGMENT || (length < SEGMENT && !last)) {
            throw new IllegalArgumentException("only the last segment may be short");
        }
        byte[] nonce = nonce(header, index);
        byte[] context = context(index, last);
        index++;
        try (CipherEngine engine = CipherEngine.borrow()) {
            ByteBuffer sealed = ByteBuffer.wrap(target, at, target.length - at);
            return engine.encrypt(key.secret(), nonce, context, ByteBuffer.wrap(plain, 0, length), sealed);
        }
    }

    static byte[] nonce(byte[] header, int index) {
        return ByteBuffer.allocate(CipherEngine.NONCE).put(header).putInt(index).array();
    }

    static byte[] context(int index, boolean last) {
        return ByteBuffer.allocate(6)
                .put((byte) 'c')
                .putInt(index)
                .put((byte) (last ? 1 : 0))
                .array();
    }
}
