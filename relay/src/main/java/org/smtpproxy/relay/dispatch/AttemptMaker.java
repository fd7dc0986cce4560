package org.smtpproxy.relay.dispatch;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.provider.Delivery;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.MessageQueue;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.relay.events.Reporting;
import org.smtpproxy.relay.outcome.OutcomePolicy;
import org.smtpproxy.relay.outcome.OutcomeRecorder;
import org.smtpproxy.relay.outcome.Outcomes;
import org.smtpproxy.relay.provider.Account;
import org.smtpproxy.relay.provider.Answered;
import org.smtpproxy.relay.provider.ProviderAccounts;
import org.smtpproxy.tenancy.Candidate;
import org.smtpproxy.tenancy.ConfigurationSource;
import org.smtpproxy.tenancy.RetryPolicy;
import org.smtpproxy.tenancy.Router;
import org.smtpproxy.tenancy.RoutingDecision;
import org.smtpproxy.tenancy.TenantSnapshot;

/**
 * Makes one attempt to deliver a part: asks the route's candidates in turn as long as none of them settles anything for
 * any recipient, and records the outcome. Once something is settled for some, it is recorded before the next candidate
 * is asked for the others: a kill in between must not bring anyone's mail to a second provider. The part begins at the
 * account whose lane it waited in; what is in doubt is asked of the same account only.
 */
public final class AttemptMaker {
    private static final Logger LOG = LoggerFactory.getLogger(AttemptMaker.class);
    private static final Reply NOT_CONFIGURED = Reply.of(451, "4.3.5", "This provider account is no longer configured");
    private static final Reply NOT_TO_BE_HAD =
            Reply.of(451, "4.3.5", "This provider account can't be opened; the log tells why");
    private static final Reply BROKEN = Reply.of(451, "4.3.0", "The provider's adapter failed");

    private final MessageQueue queue;
    private final ConfigurationSource configuration;
    private final ProviderAccounts accounts;
    private final OutcomeRecorder recorder;
    private final Reporting reporting;
    private final Duration timeout;

    public AttemptMaker(
            MessageQueue queue,
            ConfigurationSource configuration,
            ProviderAccounts accounts,
            OutcomeRecorder recorder,
            Reporting reporting,
            Duration timeout) {
        this.queue = queue;
        this.configuration = configuration;
        this.accounts = accounts;
        this.recorder = recorder;
        this.reporting = reporting;
        this.timeout = timeout;
    }

    /**
     * Attempts and records. When this returns normally the part's lease has ended.
     *
     * @param stopping whether the process is ending, so that an outcome that can't be recorded is given up on
     */
    void attempt(LeasedPart part, BooleanSupplier stopping) throws InterruptedException {
        if (part.inDoubt().isPresent()) {
            reporting.log().resumedInDoubt(part);
        }
        Plan plan = plan(part);
        Progress progress = new Progress(part.recipients().size());
        Optional<AccountId> next = Optional.empty();
        boolean asked = false;
        try {
            for (AccountId candidate : plan.candidates()) {
                if (progress.isSettledForAll()) {
                    break;
                }
                if (asked && (progress.isSettledForSome() || !accounts.hasRoom(candidate))) {
                    next = Optional.of(candidate);
                    break;
                }
                if (asked) {
                    // The candidate before has a place free again.
                    queue.wake();
                }
                progress.add(ask(candidate, part, plan.envelope()));
                asked = true;
            }
        } catch (QueueUnavailableException ownTrouble) {
            // Not the provider's fault, and nothing was handed to it: the part waits as before.
            queue.release(part.lease());
            return;
        }
        Outcomes.Attempted attempted = new Outcomes.Attempted(part, plan.route(), plan.first(), plan.retry(), next);
        recorder.record(attempted, progress.answers(), stopping);
    }

    /** What an attempt goes by: the candidates to ask, and where a retry begins. */
    private record Plan(
            Envelope envelope,
            Optional<String> route,
            List<AccountId> candidates,
            AccountId first,
            RetryPolicy retry) {}

    private Plan plan(LeasedPart part) {
        AccountId lane = part.lane().account();
        Envelope envelope = new Envelope(
                part.sender(),
                part.recipients().stream().map(RecipientState::address).toList());
        Optional<TenantSnapshot> tenant =
                configuration.current().tenant(part.lane().tenant());
        if (tenant.isEmpty()) {
            return new Plan(envelope, Optional.empty(), List.of(lane), lane, RetryPolicy.DEFAULT);
        }
        RoutingDecision decision = Router.route(tenant.get(), envelope);
        List<AccountId> route =
                decision.candidates().stream().map(Candidate::account).toList();
        List<AccountId> ask = part.inDoubt()
                .map(List::of)
                .orElseGet(() -> route.subList(Math.max(0, route.indexOf(lane)), route.size()));
        return new Plan(
                envelope, decision.route(), ask, route.getFirst(), tenant.get().retry());
    }

    private List<Answered> ask(AccountId id, LeasedPart part, Envelope envelope) throws InterruptedException {
        long start = System.nanoTime();
        List<ProviderAnswer> answers = deliver(id, part, envelope);
        Duration latency = Duration.ofNanos(System.nanoTime() - start);
        List<Answered> answered = answers.stream()
                .map(answer -> new Answered(id, answer, latency))
                .toList();
        answered.forEach(one -> {
            reporting.metrics().answered(one);
            if (OutcomePolicy.triesNext(one.answer())) {
                reporting.log().refused(part, one);
            }
        });
        return answered;
    }

    private List<ProviderAnswer> deliver(AccountId id, LeasedPart part, Envelope envelope) throws InterruptedException {
        Optional<Account> account;
        try {
            account = accounts.find(id);
        } catch (RuntimeException cannotOpen) {
            LOG.atError()
                    .addKeyValue("provider", id.toString())
                    .setCause(cannotOpen)
                    .log("a provider account can't be opened");
            return same(envelope, misconfigured(NOT_TO_BE_HAD));
        }
        return account.isPresent()
                ? deliver(account.get(), id, part, envelope)
                : same(envelope, misconfigured(NOT_CONFIGURED));
    }

    private List<ProviderAnswer> deliver(Account account, AccountId id, LeasedPart part, Envelope envelope)
            throws InterruptedException {
        boolean[] handedOver = {false};
        Delivery delivery = new Delivery(
                part.lease().part(),
                part.lane().tenant(),
                envelope,
                part.needs(),
                part.content(),
                reporting.clock().instant().plus(timeout),
                () -> {
                    queue.attempting(part.lease(), id);
                    handedOver[0] = true;
                });
        account.enter();
        try {
            List<ProviderAnswer> answers = account.provider().deliver(delivery);
            if (answers.size() != envelope.recipients().size()) {
                throw new IllegalStateException("answers for " + answers.size() + " of "
                        + envelope.recipients().size() + " recipients");
            }
            return answers;
        } catch (InterruptedException stop) {
            if (!handedOver[0]) {
                queue.release(part.lease());
            }
            throw stop;
        } catch (RuntimeException broken) {
            if (!handedOver[0] && broken instanceof QueueUnavailableException ownTrouble) {
                throw ownTrouble;
            }
            LOG.atError()
                    .addKeyValue("provider", id.toString())
                    .setCause(broken)
                    .log("a provider's adapter failed");
            ProviderAnswer answer = handedOver[0]
                    ? new ProviderAnswer.InDoubt(BROKEN)
                    : new ProviderAnswer.Refused(ProviderAnswer.Scope.PROVIDER, ProviderAnswer.Kind.TRANSIENT, BROKEN);
            return same(envelope, answer);
        } finally {
            account.leave();
        }
    }

    private static ProviderAnswer misconfigured(Reply reply) {
        return new ProviderAnswer.Refused(ProviderAnswer.Scope.PROVIDER, ProviderAnswer.Kind.CONFIGURATION, reply);
    }

    private static List<ProviderAnswer> same(Envelope envelope, ProviderAnswer answer) {
        return Collections.nCopies(envelope.recipients().size(), answer);
    }

    /** What the candidates have said so far, for each recipient. */
    private static final class Progress {
        private final List<List<Answered>> answers;

        Progress(int recipients) {
            answers = Stream.generate(() -> (List<Answered>) new ArrayList<Answered>(1))
                    .limit(recipients)
                    .toList();
        }

        boolean isSettledForAll() {
            return answers.stream().allMatch(Progress::isSettled);
        }

        boolean isSettledForSome() {
            return answers.stream().anyMatch(Progress::isSettled);
        }

        /** Another candidate can't help, or must not. */
        private static boolean isSettled(List<Answered> said) {
            return !said.isEmpty() && !OutcomePolicy.triesNext(said.getLast().answer());
        }

        void add(List<Answered> said) {
            for (int i = 0; i < said.size(); i++) {
                answers.get(i).add(said.get(i));
            }
        }

        List<List<Answered>> answers() {
            return answers;
        }
    }
}
