package org.smtpproxy.store;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * Which piece of a list. A cursor is the last key of the piece before; to its user it is opaque.
 *
 * @param limit 1 to 1000
 * @param cursor the {@link Page#nextCursor} of the piece before
 */
public record PageRequest(int limit, Optional<String> cursor) {
    private static final int MOST = 1000;

    /** Tells our cursors from other text that happens to be base 64. */
    private static final String MARK = "1/";

    /** The cursor is none that this list gave out. */
    public static final class InvalidCursorException extends IllegalArgumentException {
        InvalidCursorException() {
            super("the cursor is none that this list gave out");
        }
    }

    public PageRequest {
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("a page has 1 to " + MOST + " items");
        }
    }

    public static PageRequest first(int limit) {
        return new PageRequest(limit, Optional.empty());
    }

    static String cursor(String key) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString((MARK + key).getBytes(StandardCharsets.UTF_8));
    }

    /** The key to go on after; before the first of a list that ascends. */
    String after() {
        return cursor.map(PageRequest::key).orElse("");
    }

    /** The number to go on below; above all for a list that descends from the newest. */
    long below() {
        try {
            return cursor.map(PageRequest::key).map(Long::parseLong).orElse(Long.MAX_VALUE);
        } catch (NumberFormatException e) {
            throw new InvalidCursorException();
        }
    }

    int rows() {
        return limit + 1;
    }

    private static String key(String cursor) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getUrlDecoder().decode(cursor)))
                    .toString();
            if (text.startsWith(MARK) && text.indexOf('\0') < 0) {
                return text.substring(MARK.length());
            }
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw new InvalidCursorException();
        }
        throw new InvalidCursorException();
    }
}
