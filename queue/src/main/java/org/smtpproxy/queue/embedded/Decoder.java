package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.EnhancedStatus;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.WaitReason;

/** Reads what {@link Encoder} wrote. */
final class Decoder {
    private final byte[] bytes;
    private int position;

    Decoder(byte[] bytes) {
        this(bytes, 0);
    }

    Decoder(byte[] bytes, int position) {
        this.bytes = bytes;
        this.position = position;
    }

    int octet() {
        return bytes[position++] & 0xFF;
    }

    boolean flag() {
        return octet() != 0;
    }

    long fixed() {
        long value = 0;
        for (int i = 0; i < 8; i++) {
            value = (value << 8) | octet();
        }
        return value;
    }

    long number() {
        long value = 0;
        int shift = 0;
        int octet;
        do {
            octet = octet();
            value |= (long) (octet & 0x7F) << shift;
            shift += 7;
        } while (octet >= 0x80);
        return value;
    }

    int smallNumber() {
        return Math.toIntExact(number());
    }

    byte[] rest() {
        byte[] rest = Arrays.copyOfRange(bytes, position, bytes.length);
        position = bytes.length;
        return rest;
    }

    String text() {
        int length = smallNumber();
        String text = new String(bytes, position, length, StandardCharsets.UTF_8);
        position += length;
        return text;
    }

    Optional<String> optionalText() {
        return flag() ? Optional.of(text()) : Optional.empty();
    }

    MessageId messageId() {
        return new MessageId(fixed(), fixed());
    }

    EmailAddress address() {
        return new EmailAddress(text(), text());
    }

    Optional<EmailAddress> optionalAddress() {
        return flag() ? Optional.of(address()) : Optional.empty();
    }

    Instant instant() {
        return Instant.ofEpochSecond(number(), number());
    }

    Duration duration() {
        return Duration.ofSeconds(number(), number());
    }

    Optional<Reply> optionalReply() {
        return flag() ? Optional.of(reply()) : Optional.empty();
    }

    List<RecipientState> recipients() {
        int count = smallNumber();
        List<RecipientState> recipients = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            recipients.add(new RecipientState(address(), smallNumber(), optionalReply()));
        }
        return List.copyOf(recipients);
    }

    WaitReason reason() {
        int code = octet();
        return switch (code) {
            case 0 -> WaitReason.FRESH;
            case 1 -> WaitReason.TRANSIENT;
            case 2 -> WaitReason.THROTTLED;
            case 3 -> WaitReason.GREYLISTED;
            case 4 -> WaitReason.CONFIGURATION;
            case 5 -> WaitReason.IN_DOUBT;
            default -> throw new IllegalArgumentException("no such reason: " + code);
        };
    }

    private Reply reply() {
        int code = smallNumber();
        Optional<EnhancedStatus> status = flag()
                ? Optional.of(new EnhancedStatus(smallNumber(), smallNumber(), smallNumber()))
                : Optional.empty();
        int count = smallNumber();
        List<String> lines = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            lines.add(text());
        }
        return new Reply(code, status, lines);
    }
}
