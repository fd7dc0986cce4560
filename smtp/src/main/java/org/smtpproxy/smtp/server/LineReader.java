package org.smtpproxy.smtp.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Cuts command lines out of the input. Only CRLF ends a line. A line that is malformed is reported as soon as that is
 * seen and then skipped up to its CRLF, so that one line never gets two answers and nothing behind a bare LF is taken
 * for a command. A line that is not complete yet stays in the buffer.
 */
final class LineReader {
    /** What the buffer held. */
    enum Found {
        LINE,
        /** More octets are needed. */
        NOTHING,
        /** A CR or LF that stands alone, or NUL. */
        MALFORMED,
        TOO_LONG
    }

    private String line = "";
    private int scanned;
    private boolean skipping;

    /** Looks for the next line. {@code longest} counts the CRLF. */
    Found next(ByteBuffer in, int longest) {
        if (skipping && !skip(in)) {
            return Found.NOTHING;
        }
        byte[] octets = in.array();
        int from = in.arrayOffset() + in.position();
        int to = from + in.remaining();
        for (int i = from + scanned; i < to; i++) {
            byte b = octets[i];
            if (b > '\r' || b < 0) {
                continue;
            }
            if (b == '\n' && i > from && octets[i - 1] == '\r') {
                return complete(in, octets, from, i + 1, longest);
            }
            if (b == '\n' || b == 0 || (b == '\r' && i + 1 < to && octets[i + 1] != '\n')) {
                return refuse(in, i + 1 - from, Found.MALFORMED);
            }
        }
        int length = to - from;
        boolean waitsForLf = length > 0 && octets[to - 1] == '\r';
        scanned = waitsForLf ? length - 1 : length;
        return length > longest ? refuse(in, scanned, Found.TOO_LONG) : Found.NOTHING;
    }

    /** The line that was found, without CRLF and trailing blanks. Octets that aren't UTF-8 are U+FFFD. */
    String line() {
        return line;
    }

    /** The buffer was emptied. */
    void reset() {
        scanned = 0;
        skipping = false;
        line = "";
    }

    private Found complete(ByteBuffer in, byte[] octets, int from, int end, int longest) {
        in.position(in.position() + end - from);
        scanned = 0;
        if (end - from > longest) {
            return Found.TOO_LONG;
        }
        int length = end - 2 - from;
        while (length > 0 && (octets[from + length - 1] == ' ' || octets[from + length - 1] == '\t')) {
            length--;
        }
        line = new String(octets, from, length, StandardCharsets.UTF_8);
        return Found.LINE;
    }

    private Found refuse(ByteBuffer in, int consumed, Found why) {
        in.position(in.position() + consumed);
        scanned = 0;
        skipping = true;
        return why;
    }

    /** Skips to behind the next CRLF; a CR at the end waits in the buffer for its LF. */
    private boolean skip(ByteBuffer in) {
        while (in.hasRemaining()) {
            if (in.get(in.position()) == '\r') {
                if (in.remaining() == 1) {
                    return false;
                }
                in.get();
                if (in.get(in.position()) == '\n') {
                    in.get();
                    skipping = false;
                    return true;
                }
            } else {
                in.get();
            }
        }
        return false;
    }
}
