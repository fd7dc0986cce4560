package org.smtpproxy.queue.encryption;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Objects;

/**
 * Reads what {@link ContentSealer} wrote, one segment in memory. The size is known from the message's record: anything
 * shorter, longer or altered ends in a {@link DamagedException} before a single wrong octet is given out.
 */
public final class ContentReader extends InputStream {
    private final MessageKey key;
    private final InputStream source;
    private final long segments;
    private final int lastLength;
    private final byte[] header;
    private final byte[] sealed;
    private final byte[] plain;
    private int index;
    private int position;
    private int limit;

    public ContentReader(MessageKey key, InputStream source, long size) throws IOException {
        this.key = key;
        this.source = source;
        this.segments = ContentSealer.segments(size);
        this.lastLength = (int) (size - (segments - 1) * ContentSealer.SEGMENT);
        int longest = segments > 1 ? ContentSealer.SEGMENT : lastLength;
        this.plain = new byte[longest];
        this.sealed = new byte[longest + CipherEngine.TAG];
        this.header = source.readNBytes(ContentSealer.HEADER);
        if (header.length < ContentSealer.HEADER) {
            throw new DamagedException("the content of a message is cut off");
        }
    }

    @Override
    public int read() throws IOException {
        return ensure() ? plain[position++] & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        if (!ensure()) {
            return -1;
        }
        int count = Math.min(length, limit - position);
        System.arraycopy(plain, position, target, offset, count);
        position += count;
        return count;
    }

    @Override
    public int available() {
        return limit - position;
    }

    private boolean ensure() throws IOException {
        while (position == limit) {
            if (index == segments) {
                return false;
            }
            next();
        }
        return true;
    }

    private void next() throws IOException {
        boolean last = index == segments - 1;
        int length = (last ? lastLength : ContentSealer.SEGMENT) + CipherEngine.TAG;
        if (source.readNBytes(sealed, 0, length) < length || (last && source.read() != -1)) {
            throw new DamagedException("the content of a message does not have its length");
        }
        byte[] nonce = ContentSealer.nonce(header, index);
        try (CipherEngine engine = CipherEngine.borrow()) {
            byte[] context = ContentSealer.context(index, last);
            ByteBuffer octets = ByteBuffer.wrap(sealed, 0, length);
            limit = engine.decrypt(key.secret(), nonce, context, octets, ByteBuffer.wrap(plain));
        } catch (GeneralSecurityException e) {
            throw new DamagedException("the content of a message was altered: " + e.getMessage());
        }
        position = 0;
        index++;
    }

    @Override
    public void close() throws IOException {
        source.close();
    }
}
