package org.smtpproxy.providers.smtp;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.InDoubt;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Relayed;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.client.BrokenTransportException;
import org.smtpproxy.smtp.client.BrokenTransportException.Fault;
import org.smtpproxy.smtp.client.Phase;
import org.smtpproxy.smtp.client.RecipientResult;
import org.smtpproxy.smtp.client.RecipientResult.Answered;
import org.smtpproxy.smtp.client.RecipientResult.Broken;

/** Says what a session's outcome means for the relay. What a refusal means is {@link RefusalTable}'s to say. */
final class Classification {
    private static final Pattern PROVIDER_ID = Pattern.compile(
            "queued as <?([\\w.@+=/-]+)|\\bid[=:] ?<?([\\w.@+=/-]+)|^ok:? <?([\\w.@+/-]{16,})>?$",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern WAIT =
            Pattern.compile("(?:in|after|for|wait) (\\d{1,5}) ?(s|sec|second|m|min|minute|h|hour)s?\\b");

    /**
     * The most a server can make a recipient wait with one sentence: beyond greylisting and hourly quotas, and yet it
     * leaves many attempts in the two days that a message lives.
     */
    private static final Duration LONGEST_WAIT = Duration.ofHours(4);

    private Classification() {}

    static ProviderAnswer of(RecipientResult result) {
        return switch (result) {
            case Answered(Phase phase, Reply reply) -> ofReply(phase, reply);
            case Broken(BrokenTransportException cause, boolean handedOver) -> ofBreak(cause, handedOver);
        };
    }

    /** Only a 2xx to the whole content is a success; one in any other place is no word about the message. */
    static ProviderAnswer ofReply(Phase phase, Reply reply) {
        if (phase == Phase.CONTENT && reply.isPositive()) {
            return new Relayed(providerId(reply), reply);
        }
        if (!reply.isTransient() && !reply.isPermanent()) {
            Reply told = Reply.of(451, "4.5.0", phase.words() + " is answered " + reply.code());
            return new Refused(Scope.SESSION, Kind.TRANSIENT, told);
        }
        RefusalTable.Meaning meaning = RefusalTable.meaning(phase, reply);
        return new Refused(meaning.scope(), meaning.kind(), retryAfter(reply), reply);
    }

    /**
     * A certificate that is not trusted or names another host is wrong configuration, here or there, or an attack:
     * neither heals by retrying, and neither is the mail's fault. All other breaks pass.
     */
    static ProviderAnswer ofBreak(BrokenTransportException cause, boolean handedOver) {
        if (handedOver) {
            return new InDoubt(cause.reply());
        }
        return cause.fault() == Fault.CERTIFICATE
                ? new Refused(Scope.PROVIDER, Kind.CONFIGURATION, cause.reply())
                : new Refused(Scope.SESSION, Kind.TRANSIENT, cause.reply());
    }

    /** The id by which the provider will speak of the message, in the wordings that are common. */
    private static Optional<String> providerId(Reply reply) {
        Matcher matcher = PROVIDER_ID.matcher(reply.text());
        if (!matcher.find()) {
            return Optional.empty();
        }
        return Optional.ofNullable(matcher.group(1))
                .or(() -> Optional.ofNullable(matcher.group(2)))
                .or(() -> Optional.ofNullable(matcher.group(3)));
    }

    private static Optional<Duration> retryAfter(Reply reply) {
        Matcher matcher = WAIT.matcher(reply.text());
        if (!reply.isTransient() || !matcher.find()) {
            return Optional.empty();
        }
        long amount = Long.parseLong(matcher.group(1));
        Duration asked = switch (matcher.group(2).charAt(0)) {
            case 's' -> Duration.ofSeconds(amount);
            case 'm' -> Duration.ofMinutes(amount);
            default -> Duration.ofHours(amount);
        };
        return Optional.of(asked.compareTo(LONGEST_WAIT) < 0 ? asked : LONGEST_WAIT);
    }
}
