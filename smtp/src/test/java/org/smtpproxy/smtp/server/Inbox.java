package org.smtpproxy.smtp.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.Secret;

/**
 * Policy for tests: user {@code app} with password {@code secret}; keeps messages in memory. Local parts ask for
 * trouble: {@code unknown} is refused, {@code broken} throws, {@code later} is refused for now, {@code bye} gets a 421;
 * {@code broken-content} and {@code broken-commit} throw further on.
 */
final class Inbox implements SessionHandler.Factory {
    /** A message that was committed. */
    record Received(Optional<EmailAddress> sender, List<EmailAddress> recipients, String content, String protocol) {}

    /** What the policy saw, for assertions; strings such as {@code abort}, {@code closed}. */
    final LinkedBlockingQueue<String> events = new LinkedBlockingQueue<>();

    final LinkedBlockingQueue<Received> messages = new LinkedBlockingQueue<>();
    private final SessionLimits limits;

    Inbox() {
        this(new SessionLimits(1_000_000, 100, SessionLimits.BareNewlines.REJECT));
    }

    Inbox(SessionLimits limits) {
        this.limits = limits;
    }

    @Override
    public SessionHandler open(SessionInfo session) {
        return new Handler(session);
    }

    private final class Handler implements SessionHandler {
        private final SessionInfo session;

        Handler(SessionInfo session) {
            this.session = session;
        }

        @Override
        public Optional<Reply> connected() {
            return Optional.empty();
        }

        @Override
        public Optional<Reply> authenticate(String username, Secret password) {
            if (username.equals("broken")) {
                throw new IllegalStateException("the directory is down");
            }
            return username.equals("app") && password.equals(new Secret("secret"))
                    ? Optional.empty()
                    : Optional.of(Reply.of(535, "5.7.8", "Authentication failed"));
        }

        @Override
        public SessionLimits limits() {
            return limits;
        }

        @Override
        public MailDecision mail(MailCommand mail) {
            String localPart = mail.sender().map(EmailAddress::localPart).orElse("");
            return switch (localPart) {
                case "broken" -> throw new IllegalStateException("no policy");
                case "unknown" -> new MailDecision.Refused(Reply.of(550, "5.7.1", "Sender not allowed"));
                case "bye" -> new MailDecision.Refused(Reply.of(421, "4.7.0", "Go away"));
                default -> new MailDecision.Begun(new Message(mail));
            };
        }

        @Override
        public void closed() {
            events.add("closed");
        }

        private final class Message implements Transaction {
            private final MailCommand mail;
            private final List<EmailAddress> recipients = new ArrayList<>();
            private final ByteArrayOutputStream content = new ByteArrayOutputStream();
            private boolean ended;

            Message(MailCommand mail) {
                this.mail = mail;
            }

            @Override
            public Reply recipient(EmailAddress recipient) {
                switch (recipient.localPart()) {
                    case "broken" -> throw new IllegalStateException("no policy");
                    case "unknown" -> {
                        return Reply.of(550, "5.1.1", "No such mailbox");
                    }
                    case "later" -> {
                        return Reply.of(451, "4.2.0", "Not now");
                    }
                    case "bye" -> {
                        return Reply.of(421, "4.7.0", "Go away");
                    }
                    default -> recipients.add(recipient);
                }
                return Reply.of(250, "2.1.5", "Recipient ok");
            }

            @Override
            public void content(byte[] bytes, int offset, int length) {
                if (has("broken-content")) {
                    throw new IllegalStateException("the disk is full");
                }
                content.write(bytes, offset, length);
            }

            @Override
            public Reply commit() {
                end("commit");
                if (has("broken-commit")) {
                    throw new IllegalStateException("the queue is down");
                }
                String text = content.toString(StandardCharsets.ISO_8859_1);
                messages.add(new Received(mail.sender(), List.copyOf(recipients), text, session.protocol()));
                return Reply.of(250, "2.0.0", "Ok: queued as " + messages.size());
            }

            @Override
            public void refused(Reply reply) {
                end("abort");
            }

            @Override
            public void abort() {
                end("abort");
            }

            private boolean has(String localPart) {
                return recipients.stream().anyMatch(r -> r.localPart().equals(localPart));
            }

            private void end(String how) {
                if (ended) {
                    throw new AssertionError("a transaction ended twice");
                }
                ended = true;
                events.add(how);
            }
        }
    }
}
