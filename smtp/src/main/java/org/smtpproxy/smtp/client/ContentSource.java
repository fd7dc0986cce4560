package org.smtpproxy.smtp.client;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

import org.smtpproxy.mail.MessageContent;

/**
 * Reads a message's content, exactly as much as it said it has. Its own trouble is an {@link UncheckedIOException}, so
 * that it is never taken for trouble with the peer, and shows before the last octet is given out.
 */
final class ContentSource implements AutoCloseable {
    private final InputStream in;
    private long left;

    ContentSource(MessageContent content) {
        try {
            in = content.open();
            left = content.size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many octets are still to be read. */
    long left() {
        return left;
    }

    /** Reads the next {@code length} octets. */
    void read(byte[] into, int offset, int length) {
        try {
            int count = in.readNBytes(into, offset, length);
            if (count < length) {
                throw new IOException("the content ends " + (left - count) + " octets early");
            }
            left -= length;
            if (left == 0 && in.read() != -1) {
                throw new IOException("the content is longer than it said");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
