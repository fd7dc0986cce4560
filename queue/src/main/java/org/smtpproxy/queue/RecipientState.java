package org.smtpproxy.queue;

import java.util.Optional;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;

/**
 * A recipient that still waits.
 *
 * @param attempts how many attempts counted so far
 * @param lastReply what the last provider said
 */
public record RecipientState(EmailAddress address, int attempts, Optional<Reply> lastReply) {}
