package org.smtpproxy.queue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.TenantId;

/** Messages to queue, and what to say about them. */
public final class Messages {
    public static final TenantId ACME = new TenantId("acme");
    public static final Lane LANE = lane("acme", "relay-a");

    private Messages() {}

    public static Lane lane(String tenant, String account) {
        TenantId id = new TenantId(tenant);
        return new Lane(id, AccountId.own(id, account));
    }

    public static EmailAddress address(String text) {
        return EmailAddress.parse(text);
    }

    /** Octets that don't repeat early, the same for the same seed. */
    public static byte[] octets(int size, long seed) {
        byte[] octets = new byte[size];
        new Random(seed).nextBytes(octets);
        return octets;
    }

    /** A message whose content has arrived at the queue. */
    public static NewMessage arrived(MessageQueue queue, Lane lane, Instant now, byte[] content, String... recipients) {
        MessageId id = MessageId.next(now);
        IncomingContent incoming = queue.receive(lane.tenant(), id);
        for (int at = 0; at < content.length; at += 8_000) {
            incoming.write(content, at, Math.min(8_000, content.length - at));
        }
        incoming.seal();
        List<EmailAddress> addresses =
                Arrays.stream(recipients).map(EmailAddress::parse).toList();
        Envelope envelope = new Envelope(Optional.of(address("app@acme.example")), addresses);
        return new NewMessage(
                id,
                lane,
                envelope,
                new Needs(true, false),
                now,
                "session-1",
                incoming,
                List.of(event(DeliveryEvent.Type.ACCEPTED, lane.tenant(), id, now, Optional.empty())));
    }

    public static DeliveryEvent event(
            DeliveryEvent.Type type, TenantId tenant, MessageId id, Instant now, Optional<EmailAddress> recipient) {
        return new DeliveryEvent(
                type,
                now,
                tenant,
                id,
                "app@acme.example",
                recipient,
                Optional.of(AccountId.own(tenant, "relay-a")),
                Optional.of("default"),
                1,
                Optional.of(Reply.of(250, "2.0.0", "Ok: queued as x")),
                Duration.ofMillis(12),
                Duration.ofNanos(123_456_789),
                "session-1");
    }

    public static Settlement finished(LeasedPart part, Instant now) {
        List<DeliveryEvent> events = part.recipients().stream()
                .map(recipient -> event(
                        DeliveryEvent.Type.RELAYED,
                        part.lane().tenant(),
                        part.message(),
                        now,
                        Optional.of(recipient.address())))
                .toList();
        return new Settlement(part.lease(), List.of(), List.of(), events);
    }

    public static byte[] read(MessageContent content) {
        try (InputStream in = content.open()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
