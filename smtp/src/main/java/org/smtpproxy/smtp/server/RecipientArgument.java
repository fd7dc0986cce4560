package org.smtpproxy.smtp.server;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.Path;
import org.smtpproxy.smtp.PathArgument;

/** Reads the argument of RCPT: the forward-path. None of the extensions we offer has a parameter for RCPT. */
sealed interface RecipientArgument {
    /** Grammar holds. */
    record Valid(EmailAddress address) implements RecipientArgument {}

    /** The reply says what is wrong. */
    record Refused(Reply reply) implements RecipientArgument {}

    /**
     * {@code text} is what follows RCPT. {@code <postmaster>} is read as the postmaster of {@code hostname}, which
     * policy accepts or not like any other address.
     */
    static RecipientArgument parse(String text, String hostname, boolean smtpUtf8) {
        if (!text.regionMatches(true, 0, "TO:", 0, 3)) {
            return new Refused(ServerReplies.RECIPIENT_EXPECTED);
        }
        return switch (PathArgument.parse(text.substring(3))) {
            case PathArgument.Parsed.BadPath() -> new Refused(ServerReplies.BAD_RECIPIENT);
            case PathArgument.Parsed.BadParameter() -> new Refused(ServerReplies.BAD_PARAMETER);
            case PathArgument.Parsed.Valid(PathArgument argument)
            when !argument.parameters().isEmpty() -> new Refused(ServerReplies.UNKNOWN_PARAMETER);
            case PathArgument.Parsed.Valid(PathArgument argument) ->
                switch (argument.path()) {
                    case Path.Null() -> new Refused(ServerReplies.BAD_RECIPIENT);
                    case Path.Postmaster(String localPart) -> new Valid(new EmailAddress(localPart, hostname));
                    case Path.Mailbox(EmailAddress address)
                    when !smtpUtf8 && !address.isAscii() -> new Refused(ServerReplies.NEEDS_SMTPUTF8);
                    case Path.Mailbox(EmailAddress address) -> new Valid(address);
                };
        };
    }
}
