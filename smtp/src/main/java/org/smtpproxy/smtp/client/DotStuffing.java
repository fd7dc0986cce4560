package org.smtpproxy.smtp.client;

import java.io.IOException;

/**
 * Writes content for DATA (RFC 5321 section 4.5.2): a dot at the start of a line is doubled, a CRLF is added where the
 * content lacks its last one, all else stays. A line starts after CRLF only, as receivers must see it. Writes to the
 * sink only full buffers, so that the end of a small message leaves with the final dot.
 */
final class DotStuffing {
    private static final int CRLF = ('\r' << 8) | '\n';
    private static final int LONGEST_END = 5;

    private final Sink sink;
    private final byte[] buffer;
    private int filled;
    /** The last two octets seen. The command line before the content ended in CRLF. */
    private int lastTwo = CRLF;

    DotStuffing(Sink sink, int bufferSize) {
        this.sink = sink;
        this.buffer = new byte[Math.max(bufferSize, LONGEST_END)];
    }

    /** Where the stuffed octets go. */
    interface Sink {
        void write(byte[] bytes, int offset, int length) throws IOException;
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        int end = offset + length;
        int copied = offset;
        for (int i = offset; i < end; i++) {
            if (bytes[i] == '.' && twoBefore(bytes, offset, i) == CRLF) {
                put(bytes, copied, i - copied);
                put(bytes, i, 1);
                copied = i;
            }
        }
        put(bytes, copied, end - copied);
        lastTwo = twoBefore(bytes, offset, end);
    }

    /** Writes what is left and the end of data; {@code last} runs right before the write that carries it. */
    void finish(Runnable last) throws IOException {
        if (buffer.length - filled < LONGEST_END) {
            flush();
        }
        if (lastTwo != CRLF) {
            append('\r');
            append('\n');
        }
        append('.');
        append('\r');
        append('\n');
        last.run();
        flush();
    }

    private int twoBefore(byte[] bytes, int offset, int index) {
        return switch (index - offset) {
            case 0 -> lastTwo;
            case 1 -> ((lastTwo & 0xFF) << 8) | (bytes[index - 1] & 0xFF);
            default -> ((bytes[index - 2] & 0xFF) << 8) | (bytes[index - 1] & 0xFF);
        };
    }

    private void put(byte[] bytes, int offset, int length) throws IOException {
        int from = offset;
        int left = length;
        while (left > 0) {
            if (filled == buffer.length) {
                flush();
            }
            int fits = Math.min(left, buffer.length - filled);
            System.arraycopy(bytes, from, buffer, filled, fits);
            filled += fits;
            from += fits;
            left -= fits;
        }
    }

    private void append(char c) {
        buffer[filled++] = (byte) c;
    }

    private void flush() throws IOException {
        if (filled > 0) {
            sink.write(buffer, 0, filled);
            filled = 0;
        }
    }
}
