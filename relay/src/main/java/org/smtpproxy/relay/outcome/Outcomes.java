package org.smtpproxy.relay.outcome;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.Settlement;
import org.smtpproxy.queue.Settlement.Waiting;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.relay.provider.Answered;
import org.smtpproxy.tenancy.FailureType;
import org.smtpproxy.tenancy.RetryPolicy;

/**
 * Writes up an attempt: the decisions about its recipients become one settlement, state and events together.
 * Recipients that wait for the same reason, equally often tried, get one due time, so that they stay together.
 */
public final class Outcomes {
    private final Clock clock;
    private final RandomGenerator random;

    public Outcomes(Clock clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    /**
     * What an attempt was made with.
     *
     * @param route the name of the route
     * @param firstCandidate where retries begin
     * @param next the candidate that should have been asked next but had no room
     */
    public record Attempted(
            LeasedPart part,
            Optional<String> route,
            AccountId firstCandidate,
            RetryPolicy retry,
            Optional<AccountId> next) {

        private Decision decide(RecipientState recipient, List<Answered> answers, Instant now) {
            if (next.isPresent() && OutcomePolicy.triesNext(answers.getLast().answer())) {
                return new Decision.NextCandidate(answers.getLast(), next.get());
            }
            boolean askedAll = answers.getFirst().account().equals(firstCandidate);
            return OutcomePolicy.decide(
                    recipient, answers, new OutcomePolicy.Circumstances(askedAll, retry, part.receivedAt(), now));
        }
    }

    /**
     * The settlement of an attempt.
     *
     * @param answers for each recipient of the part, in order, what the candidates said, in order
     */
    public Settlement settle(Attempted attempted, List<List<Answered>> answers) {
        Instant now = clock.instant();
        LeasedPart part = attempted.part();
        Map<Group, List<RecipientState>> waiting = new LinkedHashMap<>();
        List<RecipientState> dead = new ArrayList<>();
        List<DeliveryEvent> events = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            RecipientState recipient = part.recipients().get(i);
            Decision decision = attempted.decide(recipient, answers.get(i), now);
            Reply reply = decision.because().answer().reply();
            switch (decision) {
                case Decision.Relayed relayed ->
                    events.add(event(
                            attempted, recipient, relayed, DeliveryEvent.Type.RELAYED, recipient.attempts() + 1, now));
                case Decision.Bounced bounced ->
                    events.add(event(
                            attempted, recipient, bounced, DeliveryEvent.Type.BOUNCED, recipient.attempts() + 1, now));
                case Decision.Deferred deferred -> {
                    events.add(event(
                            attempted, recipient, deferred, DeliveryEvent.Type.DEFERRED, deferred.attempts(), now));
                    join(waiting, Group.of(deferred, part.inDoubt()), recipient, deferred.attempts(), reply);
                }
                case Decision.NextCandidate next ->
                    join(waiting, Group.of(next), recipient, recipient.attempts(), reply);
                case Decision.InDoubt inDoubt -> {
                    events.add(
                            event(attempted, recipient, inDoubt, DeliveryEvent.Type.IN_DOUBT, inDoubt.attempts(), now));
                    join(waiting, Group.of(inDoubt), recipient, inDoubt.attempts(), reply);
                }
                case Decision.Expired expired -> {
                    events.add(
                            event(attempted, recipient, expired, DeliveryEvent.Type.EXPIRED, expired.attempts(), now));
                    events.add(event(
                            attempted, recipient, expired, DeliveryEvent.Type.DEAD_LETTERED, expired.attempts(), now));
                    dead.add(new RecipientState(recipient.address(), expired.attempts(), Optional.of(reply)));
                }
            }
        }
        List<Waiting> groups = waiting.entrySet().stream()
                .map(entry -> entry.getKey().waiting(attempted, entry.getValue(), now, random))
                .toList();
        return new Settlement(part.lease(), groups, dead, events);
    }

    private static void join(
            Map<Group, List<RecipientState>> waiting,
            Group group,
            RecipientState recipient,
            int attempts,
            Reply reply) {
        waiting.computeIfAbsent(group, key -> new ArrayList<>())
                .add(new RecipientState(recipient.address(), attempts, Optional.of(reply)));
    }

    private static DeliveryEvent event(
            Attempted attempted,
            RecipientState recipient,
            Decision decision,
            DeliveryEvent.Type type,
            int attempt,
            Instant now) {
        LeasedPart part = attempted.part();
        Answered because = decision.because();
        return new DeliveryEvent(
                type,
                now,
                part.lane().tenant(),
                part.message(),
                part.sender().map(Object::toString).orElse(""),
                Optional.of(recipient.address()),
                Optional.of(because.account()),
                attempted.route(),
                attempt,
                Optional.of(because.answer().reply()),
                because.latency(),
                Duration.between(part.receivedAt(), now),
                part.sessionId());
    }

    /**
     * Recipients that wait alike.
     *
     * @param at the account whose lane they wait in; empty for the first candidate
     * @param inDoubt the account that may have the message already
     */
    private record Group(
            Optional<FailureType> schedule,
            WaitReason reason,
            int attempts,
            Optional<Duration> retryAfter,
            Optional<AccountId> at,
            Optional<AccountId> inDoubt) {

        /** What was in doubt before stays so: only the same account may be asked again. */
        static Group of(Decision.Deferred deferred, Optional<AccountId> inDoubt) {
            return new Group(
                    Optional.of(deferred.type()),
                    reason(deferred.type()),
                    deferred.attempts(),
                    deferred.retryAfter(),
                    inDoubt,
                    inDoubt);
        }

        static Group of(Decision.NextCandidate next) {
            return new Group(
                    Optional.empty(),
                    WaitReason.TRANSIENT,
                    0,
                    Optional.empty(),
                    Optional.of(next.account()),
                    Optional.empty());
        }

        static Group of(Decision.InDoubt inDoubt) {
            Optional<AccountId> account = Optional.of(inDoubt.because().account());
            return new Group(
                    Optional.of(FailureType.TRANSIENT),
                    WaitReason.IN_DOUBT,
                    inDoubt.attempts(),
                    Optional.empty(),
                    account,
                    account);
        }

        Waiting waiting(Attempted attempted, List<RecipientState> recipients, Instant now, RandomGenerator random) {
            Lane lane = new Lane(attempted.part().lane().tenant(), at.orElse(attempted.firstCandidate()));
            return new Waiting(lane, due(attempted, now, random), reason, inDoubt, recipients);
        }

        /** Not beyond the message's lifetime: there the last attempt is made. */
        private Instant due(Attempted attempted, Instant now, RandomGenerator random) {
            if (schedule.isEmpty()) {
                return now;
            }
            Duration age = Duration.between(attempted.part().receivedAt(), now);
            Duration delay = attempted
                    .retry()
                    .delay(schedule.get(), attempts, age, random)
                    .orElse(Duration.ZERO);
            Duration asked = retryAfter.orElse(Duration.ZERO);
            Instant due = now.plus(delay.compareTo(asked) > 0 ? delay : asked);
            Instant end = attempted.part().receivedAt().plus(attempted.retry().lifetime());
            return due.isBefore(end) ? due : end;
        }

        private static WaitReason reason(FailureType type) {
            return switch (type) {
                case TRANSIENT -> WaitReason.TRANSIENT;
                case THROTTLED -> WaitReason.THROTTLED;
                case GREYLISTED -> WaitReason.GREYLISTED;
                case CONFIGURATION -> WaitReason.CONFIGURATION;
            };
        }
    }
}
