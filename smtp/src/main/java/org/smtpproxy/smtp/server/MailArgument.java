package org.smtpproxy.smtp.server;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.EsmtpParameter;
import org.smtpproxy.smtp.Path;
import org.smtpproxy.smtp.PathArgument;

/** Reads the argument of MAIL: the reverse-path and the parameters of the extensions that EHLO offers. */
sealed interface MailArgument {
    /** Grammar and parameters hold. */
    record Valid(MailCommand command) implements MailArgument {}

    /** The reply says what is wrong. */
    record Refused(Reply reply) implements MailArgument {}

    /** {@code text} is what follows MAIL; {@code hostname} is where {@code <postmaster>} lives. */
    static MailArgument parse(String text, String hostname) {
        if (!text.regionMatches(true, 0, "FROM:", 0, 5)) {
            return refused("5.5.4", "MAIL FROM:<address> is expected");
        }
        return switch (PathArgument.parse(text.substring(5))) {
            case PathArgument.Parsed.BadPath() -> refused("5.1.7", "Bad sender address syntax");
            case PathArgument.Parsed.BadParameter() -> refused("5.5.4", "Bad parameter syntax");
            case PathArgument.Parsed.Valid(PathArgument argument) ->
                withParameters(sender(argument.path(), hostname), argument.parameters());
        };
    }

    private static Optional<EmailAddress> sender(Path path, String hostname) {
        return switch (path) {
            case Path.Null() -> Optional.empty();
            case Path.Mailbox(EmailAddress address) -> Optional.of(address);
            case Path.Postmaster(String localPart) -> Optional.of(new EmailAddress(localPart, hostname));
        };
    }

    private static MailArgument withParameters(Optional<EmailAddress> sender, List<EsmtpParameter> parameters) {
        OptionalLong size = OptionalLong.empty();
        boolean eightBit = false;
        boolean smtpUtf8 = false;
        Set<String> seen = new HashSet<>();
        for (EsmtpParameter parameter : parameters) {
            String value = parameter.value().orElse("");
            if (!seen.add(parameter.keyword())) {
                return refused("5.5.4", "A parameter is given twice");
            }
            switch (parameter.keyword()) {
                case "SIZE" -> {
                    size = number(value);
                    if (size.isEmpty()) {
                        return refused("5.5.4", "SIZE is a number of octets");
                    }
                }
                case "BODY" -> {
                    String body = value.toUpperCase(Locale.ROOT);
                    if (!body.equals("7BIT") && !body.equals("8BITMIME")) {
                        return refused("5.5.4", "BODY is 7BIT or 8BITMIME");
                    }
                    eightBit = body.equals("8BITMIME");
                }
                case "SMTPUTF8" -> {
                    if (parameter.value().isPresent()) {
                        return refused("5.5.4", "SMTPUTF8 has no value");
                    }
                    smtpUtf8 = true;
                }
                case "AUTH" -> {
                    // RFC 4954 section 5: we trust no client to vouch for others, which is to act as if AUTH=<> was
                    // said
                    if (value.isEmpty()) {
                        return refused("5.5.4", "AUTH has a value");
                    }
                }
                default -> {
                    return new Refused(ServerReplies.UNKNOWN_PARAMETER);
                }
            }
        }
        if (!smtpUtf8 && sender.isPresent() && !sender.get().isAscii()) {
            return new Refused(ServerReplies.NEEDS_SMTPUTF8);
        }
        return new Valid(new MailCommand(sender, size, eightBit, smtpUtf8));
    }

    /** RFC 1870: up to 20 digits, which may be more than we can count. */
    private static OptionalLong number(String text) {
        if (text.isEmpty() || text.length() > 20 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseLong(text));
        } catch (NumberFormatException huge) {
            return OptionalLong.of(Long.MAX_VALUE);
        }
    }

    private static Refused refused(String status, String text) {
        return new Refused(Reply.of(501, status, text));
    }
}
