package org.smtpproxy.smtp.server;

import java.util.Optional;
import java.util.OptionalLong;

import org.smtpproxy.mail.EmailAddress;

/**
 * What MAIL said.
 *
 * @param sender empty for the null reverse-path
 * @param size the SIZE the client declared (RFC 1870), in octets
 * @param eightBit whether BODY=8BITMIME was given (RFC 6152)
 * @param smtpUtf8 whether SMTPUTF8 was given (RFC 6531)
 */
public record MailCommand(Optional<EmailAddress> sender, OptionalLong size, boolean eightBit, boolean smtpUtf8) {}
