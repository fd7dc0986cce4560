package org.smtpproxy.providers.smtp;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.provider.Delivery;

/** A message on its way to a provider; counts how often it was handed over. */
final class Outgoing {
    private final AtomicInteger handovers = new AtomicInteger();
    private List<String> recipients = List.of("to@example.net");
    private byte[] content = "Subject: hi\r\n\r\nhello\r\n".getBytes(StandardCharsets.UTF_8);
    private long declaredSize = -1;
    private Needs needs = Needs.NOTHING;
    private Duration time = Duration.ofSeconds(20);

    static Outgoing message() {
        return new Outgoing();
    }

    Outgoing to(String... addresses) {
        recipients = List.of(addresses);
        return this;
    }

    Outgoing content(String text) {
        return content(text.getBytes(StandardCharsets.UTF_8));
    }

    Outgoing content(byte[] octets) {
        content = octets;
        return this;
    }

    /** Claims another size than the content has. */
    Outgoing claiming(long size) {
        declaredSize = size;
        return this;
    }

    Outgoing needing(boolean eightBit, boolean utf8) {
        needs = new Needs(eightBit, utf8);
        return this;
    }

    Outgoing within(Duration deadline) {
        time = deadline;
        return this;
    }

    int handovers() {
        return handovers.get();
    }

    Delivery delivery() {
        return new Delivery(
                new PartId(MessageId.next(Instant.now()), 0),
                new TenantId("acme"),
                new Envelope(
                        Optional.of(EmailAddress.parse("from@example.com")),
                        recipients.stream().map(EmailAddress::parse).toList()),
                needs,
                new MessageContent() {
                    @Override
                    public long size() {
                        return declaredSize < 0 ? content.length : declaredSize;
                    }

                    @Override
                    public InputStream open() throws IOException {
                        return new ByteArrayInputStream(content);
                    }
                },
                Instant.now().plus(time),
                handovers::incrementAndGet);
    }
}
