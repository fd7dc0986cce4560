package org.smtpproxy.relay.acceptance;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;

import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.queue.IncomingContent;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.smtp.server.MailCommand;
import org.smtpproxy.smtp.server.SessionInfo;
import org.smtpproxy.smtp.server.Transaction;
import org.smtpproxy.tenancy.Router;
import org.smtpproxy.tenancy.RoutingDecision;
import org.smtpproxy.tenancy.TenantSnapshot;

/**
 * One message on its way in. The header is completed (Received, and Date and Message-ID if missing) and cleared of Bcc;
 * the body passes untouched. The client hears 250 only after the queue has made the message durable.
 */
final class IncomingMessage implements Transaction {
    private static final Reply TROUBLE = Reply.of(451, "4.3.0", "Mail can't be stored now, try again later");
    private static final Reply RECIPIENT_OK = Reply.of(250, "2.1.5", "Recipient ok");
    private static final int MOST_HOPS = 50;

    private final Acceptance acceptance;
    private final TenantSnapshot tenant;
    private final SessionInfo session;
    private final MailCommand mail;
    private final MessageId id;
    private final Set<EmailAddress> recipients = new LinkedHashSet<>();
    private final IncomingContent content;
    private final HeaderRewriter header;
    private Optional<Reply> refusal = Optional.empty();
    private boolean eightBitBody;

    IncomingMessage(Acceptance acceptance, TenantSnapshot tenant, SessionInfo session, MailCommand mail, MessageId id) {
        this.acceptance = acceptance;
        this.tenant = tenant;
        this.session = session;
        this.mail = mail;
        this.id = id;
        this.content = acceptance.queue().receive(tenant.id(), id);
        this.header = new HeaderRewriter(new Rewritten(), !tenant.senders().any());
    }

    /** The header as it is relayed. */
    private final class Rewritten implements HeaderRewriter.Target {
        private boolean traced;

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (!traced) {
                traced = true;
                byte[] trace = trace().getBytes(StandardCharsets.UTF_8);
                content.write(trace, 0, trace.length);
            }
            content.write(bytes, offset, length);
        }

        /** What RFC 6409 section 8 lets a submission server add. */
        @Override
        public String missing(boolean date, boolean messageId) {
            String added = date
                    ? ""
                    : "Date: " + MailDate.format(acceptance.reporting().clock().instant()) + "\r\n";
            return messageId ? added : added + "Message-ID: <" + id + '@' + acceptance.hostName() + ">\r\n";
        }
    }

    @Override
    public Reply recipient(EmailAddress recipient) {
        recipients.add(recipient);
        return RECIPIENT_OK;
    }

    @Override
    public void content(byte[] bytes, int offset, int length) {
        if (refusal.isPresent()) {
            return;
        }
        try {
            int headerOctets = 0;
            if (!header.isComplete()) {
                headerOctets = header.read(bytes, offset, length);
                if (header.isComplete()) {
                    checkHeader();
                }
            }
            if (refusal.isEmpty() && header.isComplete() && headerOctets < length) {
                eightBitBody =
                        eightBitBody || HeaderRewriter.hasHighBit(bytes, offset + headerOctets, length - headerOctets);
                content.write(bytes, offset + headerOctets, length - headerOctets);
            }
        } catch (HeaderRewriter.HeaderTooLargeException tooLarge) {
            refuse(Reply.of(552, "5.3.4", "The message's header is larger than 256 KB"));
        } catch (QueueUnavailableException unavailable) {
            acceptance.reporting().log().trouble(session, tenant.id(), id, unavailable);
            refuse(TROUBLE);
        }
    }

    @Override
    public Reply commit() {
        long start = System.nanoTime();
        try (content) {
            if (refusal.isEmpty() && !header.isComplete()) {
                header.end();
                checkHeader();
            }
            if (refusal.isPresent()) {
                tellRejected(refusal.get());
                return refusal.get();
            }
            enqueue();
            acceptance.reporting().metrics().messageAccepted(Duration.ofNanos(System.nanoTime() - start));
            return Reply.of(250, "2.0.0", "Ok: queued as " + id);
        } catch (QueueUnavailableException unavailable) {
            acceptance.reporting().log().trouble(session, tenant.id(), id, unavailable);
            return TROUBLE;
        }
    }

    @Override
    public void refused(Reply reply) {
        content.close();
        tellRejected(refusal.orElse(reply));
    }

    @Override
    public void abort() {
        content.close();
    }

    private void tellRejected(Reply reply) {
        acceptance.reporting().metrics().messageRejected();
        acceptance.reporting().log().rejected(session, tenant.id(), id, reply);
    }

    private void enqueue() {
        long size = content.seal().size();
        Instant now = acceptance.reporting().clock().instant();
        Envelope envelope = new Envelope(mail.sender(), List.copyOf(recipients));
        RoutingDecision decision = Router.route(tenant, envelope);
        Lane lane = new Lane(tenant.id(), decision.candidates().getFirst().account());
        DeliveryEvent accepted = new DeliveryEvent(
                DeliveryEvent.Type.ACCEPTED,
                now,
                tenant.id(),
                id,
                envelope.senderText(),
                Optional.empty(),
                Optional.empty(),
                decision.route(),
                0,
                Optional.empty(),
                Duration.ZERO,
                Duration.ZERO,
                session.id());
        NewMessage message = new NewMessage(id, lane, envelope, needs(), now, session.id(), content, List.of(accepted));
        try {
            acceptance.queue().enqueue(message).join();
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof QueueUnavailableException unavailable) {
                throw unavailable;
            }
            throw failed;
        }
        acceptance.reporting().log().accepted(accepted, recipients.size(), size);
    }

    private Needs needs() {
        boolean utf8Address = !mail.sender().map(EmailAddress::isAscii).orElse(true)
                || !recipients.stream().allMatch(EmailAddress::isAscii);
        boolean utf8Header = mail.smtpUtf8() && header.hasEightBit();
        return new Needs(eightBitBody || header.hasEightBit(), utf8Address || utf8Header);
    }

    private void checkHeader() {
        if (header.receivedCount() > MOST_HOPS) {
            refuse(Reply.of(554, "5.4.6", "Too many hops: the message has passed more than 50 servers, a mail loop"));
            return;
        }
        if (header.isFromTooLong()) {
            refuse(Reply.of(550, "5.7.1", "The From header is too long to be checked"));
            return;
        }
        SenderCheck.header(tenant.senders(), header.from()).ifPresent(this::refuse);
    }

    /** Our field on top (RFC 5321 section 4.4). */
    private String trace() {
        String date = MailDate.format(acceptance.reporting().clock().instant());
        return "Received: from " + session.helo() + " ([" + literal() + "])\r\n\tby " + acceptance.hostName() + " with "
                + session.protocol() + " id " + id + ";\r\n\t" + date + "\r\n";
    }

    private String literal() {
        String address = session.client().getHostAddress();
        int zone = address.indexOf('%');
        String plain = zone < 0 ? address : address.substring(0, zone);
        return plain.indexOf(':') < 0 ? plain : "IPv6:" + plain;
    }

    private void refuse(Reply reply) {
        refusal = Optional.of(reply);
        content.close();
    }
}
