package org.smtpproxy.relay.acceptance;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Rewrites the header of a message while it passes: drops what must not be relayed ({@code Bcc}), adds what is missing at
 * its end, and notes what is there. Nothing is kept but the name of the field at hand, and the From fields where they
 * are to be checked. Content whose next line is no header field has its header end there: a blank line is put before it.
 */
final class HeaderRewriter {
    /** Larger headers are refused: no mail has them. */
    static final int LONGEST_HEADER = 256 * 1024;

    private static final int LONGEST_NAME = 256;
    private static final int LONGEST_FROM = 16 * 1024;
    private static final byte[] LINE_END = {'\r', '\n'};

    private final Target target;
    private final boolean keepsFrom;
    private final ByteArrayOutputStream name = new ByteArrayOutputStream(32);
    private final List<ByteArrayOutputStream> from = new ArrayList<>(1);
    private Place place = Place.LINE_START;
    private Field current = Field.OTHER;
    private int octets;
    private int fromOctets;
    private int received;
    private boolean anyField;
    private boolean date;
    private boolean messageId;
    private boolean eightBit;

    /** Where the header goes. */
    interface Target {
        void write(byte[] bytes, int offset, int length);

        /** Fields to put at the header's end. */
        String missing(boolean date, boolean messageId);
    }

    /** Where in the header the next octet stands. */
    private enum Place {
        LINE_START,
        /** A line that begins with CR: the blank one. */
        BLANK,
        NAME,
        /** Old mail has spaces before the colon. */
        BEFORE_COLON,
        VALUE,
        /** The header is over. */
        BODY
    }

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

    HeaderRewriter(Target target, boolean keepsFrom) {
        this.target = target;
        this.keepsFrom = keepsFrom;
    }

    /** Takes octets until the header ends; returns how many belong to it. The rest is body. */
    int read(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int at = offset;
        while (at < end && place != Place.BODY) {
            if (octets + (at - offset) > LONGEST_HEADER) {
                throw new HeaderTooLargeException();
            }
            at = place == Place.VALUE ? value(bytes, at, end) : at + octet(bytes[at]);
        }
        octets += at - offset;
        return at - offset;
    }

    /** The content is over: what was read of an unfinished line counts as one. */
    void end() {
        switch (place) {
            case LINE_START, BLANK -> headerEnds();
            case NAME, BEFORE_COLON -> bodyBegins();
            case VALUE -> {
                keep(LINE_END, 0, LINE_END.length);
                headerEnds();
            }
            case BODY -> {}
        }
    }

    /** Whether the header has ended and was written. */
    boolean isComplete() {
        return place == Place.BODY;
    }

    int receivedCount() {
        return received;
    }

    boolean hasEightBit() {
        return eightBit;
    }

    /** The texts of all From fields, still folded and encoded, if they are kept. */
    List<String> from() {
        return from.stream()
                .map(field -> field.toString(StandardCharsets.UTF_8).substring(1))
                .toList();
    }

    /** Whether From fields are so long that not all of them was kept. */
    boolean isFromTooLong() {
        return fromOctets > LONGEST_FROM;
    }

    /** Any octet but those of a value; returns 1, or 0 if it belongs to the body. */
    private int octet(byte octet) {
        return switch (place) {
            case LINE_START -> lineStart(octet);
            case BLANK -> {
                if (octet != '\n') {
                    throw new IllegalStateException("a CR without LF");
                }
                headerEnds();
                yield 1;
            }
            case NAME, BEFORE_COLON -> name(octet);
            case VALUE, BODY -> throw new IllegalStateException("no place for single octets");
        };
    }

    private int lineStart(byte octet) {
        if (octet == '\r') {
            place = Place.BLANK;
            return 1;
        }
        if ((octet == ' ' || octet == '\t') && anyField) {
            // The field goes on: its first octet is written with the rest of the line.
            place = Place.VALUE;
            return 0;
        }
        name.reset();
        place = Place.NAME;
        return name(octet);
    }

    private int name(byte octet) {
        boolean blank = octet == ' ' || octet == '\t';
        if (octet == ':' && name.size() > 0) {
            field();
            return 0;
        }
        boolean goesOn = blank ? name.size() > 0 : place == Place.NAME && octet > ' ' && octet < 0x7f && octet != ':';
        if (!goesOn || name.size() == LONGEST_NAME) {
            bodyBegins();
            return 0;
        }
        name.write(octet);
        place = blank ? Place.BEFORE_COLON : place;
        return 1;
    }

    /** The name is complete, the colon comes next. */
    private void field() {
        byte[] read = name.toByteArray();
        int length = read.length;
        while (read[length - 1] == ' ' || read[length - 1] == '\t') {
            length--;
        }
        anyField = true;
        current = Field.of(read, length);
        switch (current) {
            case RECEIVED -> received++;
            case DATE -> date = true;
            case MESSAGE_ID -> messageId = true;
            case FROM -> {
                if (keepsFrom) {
                    from.add(new ByteArrayOutputStream());
                }
            }
            case BCC, RESENT_BCC, OTHER -> {}
        }
        place = Place.VALUE;
        keep(read, 0, read.length);
    }

    /** The rest of a line, as far as it is here; returns where to go on. */
    private int value(byte[] bytes, int at, int end) {
        int lineFeed = indexOfLineFeed(bytes, at, end);
        int next = lineFeed < 0 ? end : lineFeed + 1;
        keep(bytes, at, next - at);
        if (current == Field.FROM && keepsFrom) {
            // The first octet is the colon.
            fromOctets += next - at;
            if (!isFromTooLong()) {
                from.getLast().write(bytes, at, next - at);
            }
        }
        place = lineFeed < 0 ? Place.VALUE : Place.LINE_START;
        return next;
    }

    private void keep(byte[] bytes, int offset, int length) {
        if (current != Field.BCC && current != Field.RESENT_BCC) {
            eightBit |= hasHighBit(bytes, offset, length);
            target.write(bytes, offset, length);
        }
    }

    private void headerEnds() {
        byte[] missing = target.missing(date, messageId).getBytes(StandardCharsets.UTF_8);
        target.write(missing, 0, missing.length);
        target.write(LINE_END, 0, LINE_END.length);
        place = Place.BODY;
    }

    /** The line at hand is no field, so the header ended before it. */
    private void bodyBegins() {
        headerEnds();
        byte[] line = name.toByteArray();
        eightBit |= hasHighBit(line, 0, line.length);
        target.write(line, 0, line.length);
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
