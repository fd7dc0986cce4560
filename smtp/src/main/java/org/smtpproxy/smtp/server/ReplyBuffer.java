package org.smtpproxy.smtp.server;

import java.util.Arrays;

import org.smtpproxy.mail.EnhancedStatus;
import org.smtpproxy.mail.Reply;

/**
 * Replies on their way out, collected until the input is drained, so that a batch of pipelined commands costs one write
 * (RFC 2920). Text is made safe for the wire here, whoever wrote it: printable ASCII, no line longer than RFC 5321
 * allows.
 */
final class ReplyBuffer {
    private static final int FIRST_SIZE = 256;
    private static final int LONGEST_TEXT = 480;

    private byte[] bytes = new byte[FIRST_SIZE];
    private int length;

    void append(Reply reply) {
        int last = reply.lines().size() - 1;
        for (int i = 0; i <= last; i++) {
            number(reply.code());
            octet(i == last ? ' ' : '-');
            reply.status().ifPresent(this::status);
            text(reply.lines().get(i));
            octet('\r');
            octet('\n');
        }
    }

    byte[] array() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Forgets what was sent; a buffer that a long batch has grown shrinks again. */
    void clear() {
        length = 0;
        if (bytes.length > 4 * FIRST_SIZE) {
            bytes = new byte[FIRST_SIZE];
        }
    }

    private void status(EnhancedStatus status) {
        number(status.statusClass());
        octet('.');
        number(status.subject());
        octet('.');
        number(status.detail());
        octet(' ');
    }

    private void text(String text) {
        int end = Math.min(text.length(), LONGEST_TEXT);
        for (int i = 0; i < end; i++) {
            char c = text.charAt(i);
            octet(c >= ' ' && c <= '~' ? c : '?');
        }
    }

    /** 0 to 999. */
    private void number(int number) {
        if (number >= 100) {
            octet('0' + number / 100);
        }
        if (number >= 10) {
            octet('0' + number / 10 % 10);
        }
        octet('0' + number % 10);
    }

    private void octet(int octet) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * length);
        }
        bytes[length++] = (byte) octet;
    }
}
