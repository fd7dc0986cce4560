package org.smtpproxy.testkit.dialogue;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One line of a dialogue file. */
sealed interface Step {
    /** Where it stands in the file. */
    int line();

    // A record's array is fine here: it is made once, never shown, and never compared.
    @SuppressWarnings("ArrayRecordComponent")
    record Send(byte[] octets, int times, int line) implements Step {}

    record Expect(String start, int times, int line) implements Step {}

    record Has(String start, int line) implements Step {}

    record HasNot(String start, int line) implements Step {}

    record StartTls(int line) implements Step {}

    record Closed(int line) implements Step {}

    static Step parse(String text, int line) {
        if (text.equals("starttls")) {
            return new StartTls(line);
        }
        if (text.equals("closed")) {
            return new Closed(line);
        }
        int space = text.indexOf(' ');
        String head = space < 0 ? text : text.substring(0, space);
        String rest = space < 0 ? "" : text.substring(space + 1);
        return switch (head) {
            case "C>" -> new Send(octets(rest), 1, line);
            case "S+" -> new Has(rest, line);
            case "S-" -> new HasNot(rest, line);
            default -> {
                if (head.startsWith("C") && head.endsWith(":")) {
                    yield new Send(octets(rest + "\\r\\n"), times(head), line);
                }
                if (head.startsWith("S") && head.endsWith(":")) {
                    yield new Expect(rest, times(head), line);
                }
                throw new IllegalArgumentException("not a step: " + text);
            }
        };
    }

    /** {@code C:} is once, {@code C*3:} three times. */
    private static int times(String head) {
        if (head.length() == 2) {
            return 1;
        }
        if (head.charAt(1) != '*') {
            throw new IllegalArgumentException("not a step: " + head);
        }
        return Integer.parseInt(head.substring(2, head.length() - 1));
    }

    private static byte[] octets(String text) {
        ByteArrayOutputStream octets = new ByteArrayOutputStream();
        ByteBuffer in = StandardCharsets.UTF_8.encode(text);
        while (in.hasRemaining()) {
            byte octet = in.get();
            octets.write(octet == '\\' ? escaped(in) : octet);
        }
        return octets.toByteArray();
    }

    private static int escaped(ByteBuffer in) {
        if (!in.hasRemaining()) {
            throw new IllegalArgumentException("a backslash at the end");
        }
        char c = (char) in.get();
        return switch (c) {
            case 'r' -> '\r';
            case 'n' -> '\n';
            case 't' -> '\t';
            case '0' -> 0;
            case '\\' -> '\\';
            case 'x' -> Integer.parseInt("" + (char) in.get() + (char) in.get(), 16);
            default -> throw new IllegalArgumentException("unknown escape \\" + c);
        };
    }
}
