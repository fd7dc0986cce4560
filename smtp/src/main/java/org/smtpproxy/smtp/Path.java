package org.smtpproxy.smtp;

import org.smtpproxy.mail.EmailAddress;

/** A reverse-path or forward-path (RFC 5321 section 4.1.2), its source route already dropped. */
public sealed interface Path {
    /** {@code <local-part@domain>}. */
    record Mailbox(EmailAddress address) implements Path {
        @Override
        public String toString() {
            return "<" + address + ">";
        }
    }

    /** {@code <>}, which only MAIL may carry. */
    record Null() implements Path {
        @Override
        public String toString() {
            return "<>";
        }
    }

    /** {@code <Postmaster>} without a domain, which every server must know (RFC 5321 section 4.5.1). */
    record Postmaster(String localPart) implements Path {
        @Override
        public String toString() {
            return "<" + localPart + ">";
        }
    }
}
