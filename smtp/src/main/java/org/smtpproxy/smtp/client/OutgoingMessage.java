package org.smtpproxy.smtp.client;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.Needs;

/**
 * A message to send.
 *
 * @param needs what its content needs; what its addresses need is added
 * @param handover called once right before the write that carries the end of the content; when it throws, the content
 *     stays incomplete and the connection is closed
 */
public record OutgoingMessage(Envelope envelope, Needs needs, MessageContent content, Runnable handover) {
    public OutgoingMessage {
        boolean utf8 = needs.utf8()
                || !envelope.sender().map(EmailAddress::isAscii).orElse(true)
                || !envelope.recipients().stream().allMatch(EmailAddress::isAscii);
        needs = new Needs(needs.eightBit(), utf8);
    }
}
