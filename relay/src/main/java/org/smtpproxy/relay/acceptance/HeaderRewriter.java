package org.smtpproxy.relay.acceptance;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the header of a message while it arrives, drops what must not be relayed ({@code Bcc}), and notes what is
 * there. Body octets pass untouched. Content whose first line is no header field has an empty header: a blank line is
 * put between our fields and it.
 */
final class HeaderRewriter {
    /** Larger headers are refused: no mail has them, and they are held in memory. */
    static final int LONGEST_HEADER = 256 * 1024;

    private final ByteArrayOutputStream kept = new ByteArrayOutputStream(2048);
    private final ByteArrayOutputStream line = new ByteArrayOutputStream(128);
    private final List<String> from = new ArrayList<>(1);
    private Field current = Field.OTHER;
    private int octets;
    private int received;
    private boolean date;
    private boolean messageId;
    private boolean eightBit;
    private boolean complete;

    /** The fields that matter here. */
    private enum Field {
        RECEIVED("received"),
        DATE("date"),
        MESSAGE_ID("message-id"),
        FROM("from"),
        BCC("bcc"),
        RESENT_BCC("resent-bcc"),
        OTHER("");

        private final String name;

        Field(String name) {
            this.name = name;
        }

        static Field of(byte[] line, int nameLength) {
            for (Field field : values()) {
                if (field.name.length() == nameLength && field.matches(line)) {
                    return field;
                }
            }
            return OTHER;
        }

        private boolean matches(byte[] line) {
            for (int i = 0; i < name.length(); i++) {
                int c = line[i] >= 'A' && line[i] <= 'Z' ? line[i] + 32 : line[i];
                if (c != name.charAt(i)) {
                    return false;
                }
            }
            return true;
        }
    }

    /** Takes octets until the header ends; returns how many belong to it. The rest is body. */
    int read(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int at = offset;
        while (at < end && !complete) {
            int lineEnd = indexOfLineFeed(bytes, at, end);
            int next = lineEnd < 0 ? end : lineEnd + 1;
            if (octets + line.size() + (next - at) > LONGEST_HEADER) {
                throw new HeaderTooLargeException();
            }
            if (lineEnd < 0) {
                line.write(bytes, at, end - at);
            } else {
                line.write(bytes, at, next - at);
                lineComplete();
            }
            at = next;
        }
        return at - offset;
    }

    /** The content is over: what was read of an unfinished line counts as one. */
    void end() {
        if (!complete) {
            if (line.size() > 0) {
                line.writeBytes(new byte[] {'\r', '\n'});
                lineComplete();
            }
            if (!complete) {
                kept.writeBytes(new byte[] {'\r', '\n'});
                complete = true;
            }
        }
    }

    /** Whether the header has ended and {@link #kept()} is final. */
    boolean isComplete() {
        return complete;
    }

    /** The header to relay, with the blank line at its end (and behind it, the first line of headerless content). */
    byte[] kept() {
        return kept.toByteArray();
    }

    int receivedCount() {
        return received;
    }

    boolean hasDate() {
        return date;
    }

    boolean hasMessageId() {
        return messageId;
    }

    boolean hasEightBit() {
        return eightBit;
    }

    /** The texts of all From fields, still folded and encoded. */
    List<String> from() {
        return from;
    }

    private void lineComplete() {
        byte[] text = line.toByteArray();
        line.reset();
        octets += text.length;
        if (text.length == 2) {
            keep(text);
            complete = true;
        } else if ((text[0] == ' ' || text[0] == '\t') && octets > text.length) {
            continuation(text);
        } else {
            int nameLength = nameLength(text);
            if (nameLength == 0) {
                kept.writeBytes(new byte[] {'\r', '\n'});
                keep(text);
                complete = true;
            } else {
                field(text, nameLength);
            }
        }
    }

    private void field(byte[] text, int nameLength) {
        current = Field.of(text, nameLength);
        switch (current) {
            case RECEIVED -> received++;
            case DATE -> date = true;
            case MESSAGE_ID -> messageId = true;
            case FROM -> {
                String field = new String(text, StandardCharsets.UTF_8);
                from.add(field.substring(field.indexOf(':') + 1));
            }
            case BCC, RESENT_BCC -> {
                return;
            }
            case OTHER -> {}
        }
        keep(text);
    }

    private void continuation(byte[] text) {
        if (current == Field.BCC || current == Field.RESENT_BCC) {
            return;
        }
        if (current == Field.FROM) {
            int last = from.size() - 1;
            from.set(last, from.get(last) + new String(text, StandardCharsets.UTF_8));
        }
        keep(text);
    }

    private void keep(byte[] text) {
        eightBit |= hasHighBit(text, 0, text.length);
        kept.writeBytes(text);
    }

    /** The length of a field's name (RFC 5322 section 2.2), 0 if the line is no field; old mail has spaces before the colon. */
    private static int nameLength(byte[] text) {
        int at = 0;
        while (at < text.length && text[at] > ' ' && text[at] < 0x7f && text[at] != ':') {
            at++;
        }
        int colon = at;
        while (colon < text.length && (text[colon] == ' ' || text[colon] == '\t')) {
            colon++;
        }
        return colon < text.length && text[colon] == ':' ? at : 0;
    }

    static boolean hasHighBit(byte[] bytes, int offset, int length) {
        int seen = 0;
        for (int i = offset; i < offset + length; i++) {
            seen |= bytes[i];
        }
        return seen < 0;
    }

    private static int indexOfLineFeed(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            if (bytes[i] == '\n') {
                return i;
            }
        }
        return -1;
    }

    /** The header exceeds {@link #LONGEST_HEADER}. */
    static final class HeaderTooLargeException extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }
}
