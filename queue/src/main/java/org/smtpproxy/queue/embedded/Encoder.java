package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.EnhancedStatus;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.WaitReason;

/**
 * Writes the fields of a record one after another: numbers in as few octets as they need, texts with their length.
 * {@link Decoder} reads them in the same order; the record's first octet, its format, tells which order that is.
 */
final class Encoder {
    private byte[] bytes;
    private int length;

    Encoder(int expected) {
        bytes = new byte[expected];
    }

    byte[] toBytes() {
        return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
    }

    Encoder octet(int value) {
        room(1);
        bytes[length++] = (byte) value;
        return this;
    }

    /** Big-endian, so that keys sort by the number. */
    Encoder fixed(long value) {
        room(8);
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (value >>> shift);
        }
        return this;
    }

    /** Seven bits an octet, smallest first; negative numbers take ten. */
    Encoder number(long value) {
        room(10);
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes[length++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[length++] = (byte) rest;
        return this;
    }

    Encoder raw(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    Encoder text(String value) {
        byte[] octets = value.getBytes(StandardCharsets.UTF_8);
        return number(octets.length).raw(octets);
    }

    /** Absent is told by a first octet 0. */
    Encoder optionalText(Optional<String> value) {
        octet(value.isPresent() ? 1 : 0);
        value.ifPresent(this::text);
        return this;
    }

    Encoder address(EmailAddress address) {
        return text(address.localPart()).text(address.domain());
    }

    Encoder optionalAddress(Optional<EmailAddress> address) {
        octet(address.isPresent() ? 1 : 0);
        address.ifPresent(this::address);
        return this;
    }

    Encoder instant(Instant instant) {
        return number(instant.getEpochSecond()).number(instant.getNano());
    }

    Encoder duration(Duration duration) {
        return number(duration.getSeconds()).number(duration.getNano());
    }

    Encoder optionalReply(Optional<Reply> reply) {
        octet(reply.isPresent() ? 1 : 0);
        reply.ifPresent(this::reply);
        return this;
    }

    Encoder recipients(List<RecipientState> recipients) {
        number(recipients.size());
        for (RecipientState recipient : recipients) {
            address(recipient.address()).number(recipient.attempts()).optionalReply(recipient.lastReply());
        }
        return this;
    }

    /** The numbers are on disk: never change their meaning. */
    Encoder reason(WaitReason reason) {
        return octet(
                switch (reason) {
                    case FRESH -> 0;
                    case TRANSIENT -> 1;
                    case THROTTLED -> 2;
                    case GREYLISTED -> 3;
                    case CONFIGURATION -> 4;
                    case IN_DOUBT -> 5;
                });
    }

    private void reply(Reply reply) {
        number(reply.code());
        octet(reply.status().isPresent() ? 1 : 0);
        reply.status().ifPresent(this::status);
        number(reply.lines().size());
        reply.lines().forEach(this::text);
    }

    private void status(EnhancedStatus status) {
        number(status.statusClass()).number(status.subject()).number(status.detail());
    }

    private void room(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
        }
    }
}
