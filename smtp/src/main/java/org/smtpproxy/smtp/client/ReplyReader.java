package org.smtpproxy.smtp.client;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.EnhancedStatus;
import org.smtpproxy.mail.Reply;

/**
 * Reads replies (RFC 5321 section 4.2.1) from a peer that is not trusted: lines, their number and what is kept of them
 * are bounded, and the text is made printable. Where a peer contradicts itself, the last line's code counts and its
 * first digit is the class of the enhanced code; the code as sent then stays in the text.
 */
final class ReplyReader {
    private static final int MOST_LINES = 200;
    private static final int LONGEST_LINE = 4096;
    /** What is kept of a reply: it goes into an event for each recipient. */
    private static final int KEPT_CHARACTERS = 1000;

    private static final int KEPT_CHARACTERS_OF_EHLO = 16_384;

    private final byte[] buffer = new byte[LONGEST_LINE];
    private InputStream in;
    private int position;
    private int limit;

    ReplyReader(InputStream in) {
        this.in = in;
    }

    Reply read() throws IOException {
        return read(KEPT_CHARACTERS);
    }

    /** As {@link #read()}, but keeps all extensions. */
    Reply readEhlo() throws IOException {
        return read(KEPT_CHARACTERS_OF_EHLO);
    }

    /** Whether octets came that no command of ours has asked for. */
    boolean hasUnread() {
        return position < limit;
    }

    /** Goes on with another stream. */
    void switchTo(InputStream other) {
        in = other;
    }

    private Reply read(int kept) throws IOException {
        List<String> texts = new ArrayList<>(1);
        int room = kept;
        for (int count = 1; count <= MOST_LINES; count++) {
            int length = awaitLine();
            int start = position;
            position += length + 1;
            int end = start + length;
            if (end > start && buffer[end - 1] == '\r') {
                end--;
            }
            int code = code(start, end);
            String text = printable(start + 4, Math.min(end, start + 4 + room));
            if (room > 0) {
                texts.add(text);
                room -= text.length();
            }
            if (end == start + 3 || buffer[start + 3] == ' ') {
                return reply(code, texts);
            }
        }
        throw new ProtocolException("a reply of more than " + MOST_LINES + " lines");
    }

    /** Returns the length of the line at {@code position}, without its LF, when all of it is in the buffer. */
    private int awaitLine() throws IOException {
        int searched = position;
        while (true) {
            for (int i = searched; i < limit; i++) {
                if (buffer[i] == '\n') {
                    return i - position;
                }
            }
            System.arraycopy(buffer, position, buffer, 0, limit - position);
            limit -= position;
            position = 0;
            searched = limit;
            if (limit == buffer.length) {
                throw new ProtocolException("a reply line of more than " + LONGEST_LINE + " octets");
            }
            int count = in.read(buffer, limit, buffer.length - limit);
            if (count < 0) {
                throw new EOFException("closed by the peer");
            }
            limit += count;
        }
    }

    private int code(int start, int end) throws ProtocolException {
        boolean digits = end - start >= 3 && isDigit(start) && isDigit(start + 1) && isDigit(start + 2);
        boolean separated = end - start == 3 || (digits && (buffer[start + 3] == ' ' || buffer[start + 3] == '-'));
        int code =
                digits ? (buffer[start] - '0') * 100 + (buffer[start + 1] - '0') * 10 + (buffer[start + 2] - '0') : 0;
        if (!separated || code < 200 || code > 599) {
            throw new ProtocolException("not a reply: " + printable(start, Math.min(end, start + 60)));
        }
        return code;
    }

    private boolean isDigit(int index) {
        return buffer[index] >= '0' && buffer[index] <= '9';
    }

    private static Reply reply(int code, List<String> texts) {
        int replyClass = code / 100;
        Optional<EnhancedStatus> said = replyClass == 3 ? Optional.empty() : EnhancedStatus.leading(texts.getFirst());
        if (said.isEmpty()) {
            return new Reply(code, said, texts);
        }
        EnhancedStatus status = said.get();
        if (status.statusClass() != replyClass) {
            return new Reply(code, Optional.of(status.withClass(replyClass)), texts);
        }
        texts.replaceAll(text -> withoutStatus(text, status.toString()));
        return new Reply(code, said, texts);
    }

    private static String withoutStatus(String text, String status) {
        if (text.startsWith(status + " ")) {
            return text.substring(status.length() + 1);
        }
        return text.equals(status) ? "" : text;
    }

    private String printable(int start, int end) {
        if (start >= end) {
            return "";
        }
        for (int i = start; i < end; i++) {
            if (buffer[i] < ' ' || buffer[i] == 0x7f) {
                return printable(new String(buffer, start, end - start, StandardCharsets.UTF_8));
            }
        }
        return new String(buffer, start, end - start, StandardCharsets.ISO_8859_1);
    }

    /** Letters of any script stay; what could steer a terminal, a log or a web page's direction becomes a question mark. */
    static String printable(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> switch (Character.getType(c)) {
                    case Character.CONTROL,
                            Character.FORMAT,
                            Character.SURROGATE,
                            Character.UNASSIGNED,
                            Character.PRIVATE_USE,
                            Character.LINE_SEPARATOR,
                            Character.PARAGRAPH_SEPARATOR -> c == '\t' ? ' ' : '?';
                    default -> c;
                })
                .forEach(clean::appendCodePoint);
        return clean.toString();
    }
}
