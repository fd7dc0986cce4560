package org.smtpproxy.relay.outcome;

import java.time.Instant;
import java.util.List;

import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.InDoubt;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Relayed;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.relay.provider.Answered;
import org.smtpproxy.tenancy.FailureType;
import org.smtpproxy.tenancy.RetryPolicy;

/**
 * Turns providers' answers into decisions. A refusal of a recipient or of the content is final; trouble of an account
 * goes to the next candidate of the route in the same attempt, and is deferred when there is none; it never bounces
 * mail. A message that no candidate can carry bounces. In doubt means the same account again, never another one.
 */
public final class OutcomePolicy {
    private static final Reply NOT_THIS_ONE =
            Reply.of(451, "4.3.0", "This provider can't carry the message; the others of the route will be asked");

    private OutcomePolicy() {}

    /**
     * What a decision depends on besides the answers.
     *
     * @param askedAll whether the attempt began at the route's first candidate
     * @param receivedAt when the message was accepted
     */
    record Circumstances(boolean askedAll, RetryPolicy retry, Instant receivedAt, Instant now) {
        private boolean isOver(int attempts) {
            return attempts >= retry.maxAttempts() || !now.isBefore(receivedAt.plus(retry.lifetime()));
        }
    }

    /** Whether the next candidate should be asked after this answer. */
    public static boolean triesNext(ProviderAnswer answer) {
        return switch (answer) {
            case Relayed relayed -> false;
            case InDoubt inDoubt -> false;
            case Refused refused -> refused.kind() != Kind.PERMANENT;
        };
    }

    /**
     * Decides about one recipient.
     *
     * @param answers of the candidates asked in this attempt, in order, at least one
     */
    static Decision decide(RecipientState recipient, List<Answered> answers, Circumstances circumstances) {
        Answered last = answers.getLast();
        return switch (last.answer()) {
            case Relayed relayed -> new Decision.Relayed(last);
            case InDoubt inDoubt -> {
                int attempts = recipient.attempts() + 1;
                yield circumstances.isOver(attempts)
                        ? new Decision.Expired(last, attempts)
                        : new Decision.InDoubt(last, attempts);
            }
            case Refused refused ->
                refused.kind() == Kind.PERMANENT
                        ? new Decision.Bounced(last)
                        : afterLastCandidate(recipient, answers, circumstances);
        };
    }

    private static Decision afterLastCandidate(
            RecipientState recipient, List<Answered> answers, Circumstances circumstances) {
        List<Answered> passing = answers.stream()
                .filter(answer -> kind(answer) != Kind.INCAPABLE)
                .toList();
        if (passing.isEmpty() && circumstances.askedAll()) {
            return new Decision.Bounced(answers.getLast());
        } else if (passing.isEmpty()) {
            // Those before it in the route could carry the message, or they had answered for good.
            Answered last = answers.getLast();
            Refused waits = new Refused(
                    Scope.PROVIDER, Kind.TRANSIENT, recipient.lastReply().orElse(NOT_THIS_ONE));
            passing = List.of(new Answered(last.account(), waits, last.latency()));
        }
        Answered because = passing.stream()
                .filter(answer -> kind(answer) != Kind.CONFIGURATION)
                .findFirst()
                .orElse(passing.getFirst());
        FailureType type = failureType(kind(because));
        int attempts = recipient.attempts() + (type == FailureType.CONFIGURATION ? 0 : 1);
        return circumstances.isOver(attempts)
                ? new Decision.Expired(because, attempts)
                : new Decision.Deferred(because, type, attempts, ((Refused) because.answer()).retryAfter());
    }

    private static Kind kind(Answered answered) {
        return ((Refused) answered.answer()).kind();
    }

    private static FailureType failureType(Kind kind) {
        return switch (kind) {
            case TRANSIENT -> FailureType.TRANSIENT;
            case THROTTLED -> FailureType.THROTTLED;
            case GREYLISTED -> FailureType.GREYLISTED;
            case CONFIGURATION -> FailureType.CONFIGURATION;
            case PERMANENT, INCAPABLE -> throw new IllegalStateException(kind + " does not pass");
        };
    }
}
