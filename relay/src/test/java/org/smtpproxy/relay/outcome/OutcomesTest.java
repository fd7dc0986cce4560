package org.smtpproxy.relay.outcome;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.Lease;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.Settlement;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.relay.provider.Answered;
import org.smtpproxy.tenancy.FailureType;
import org.smtpproxy.tenancy.RetryPolicy;
import org.smtpproxy.tenancy.RetryPolicy.Backoff;

import static org.assertj.core.api.Assertions.assertThat;

class OutcomesTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final TenantId ACME = new TenantId("acme");
    private static final AccountId FIRST = AccountId.own(ACME, "first");
    private static final AccountId SECOND = AccountId.own(ACME, "second");
    private static final RetryPolicy RETRY = new RetryPolicy(
            new Backoff(Duration.ofSeconds(30), 2, 0, Duration.ofHours(1)),
            Map.of(FailureType.THROTTLED, new Backoff(Duration.ofSeconds(5), 2, 0, Duration.ofHours(1))),
            3,
            Duration.ofDays(2));

    private final Outcomes outcomes = new Outcomes(Clock.fixed(NOW, ZoneOffset.UTC), new Random(1));

    @Test
    void relayedAndBouncedRecipientsAreFinished() {
        Settlement settlement = settle(
                part(0, "a@x.example", "b@x.example"),
                List.of(relayed(FIRST)),
                List.of(refused(FIRST, Scope.RECIPIENT, Kind.PERMANENT)));
        assertThat(settlement.waiting()).isEmpty();
        assertThat(settlement.dead()).isEmpty();
        assertThat(types(settlement)).containsExactly(DeliveryEvent.Type.RELAYED, DeliveryEvent.Type.BOUNCED);
    }

    @Test
    void aRelayedRecipientNeverWaitsBesideADeferredOne() {
        Settlement settlement = settle(
                part(0, "a@x.example", "b@x.example"),
                List.of(relayed(FIRST)),
                List.of(refused(FIRST, Scope.RECIPIENT, Kind.TRANSIENT)));
        assertThat(settlement.waiting()).singleElement().satisfies(waiting -> {
            assertThat(waiting.recipients())
                    .extracting(r -> r.address().toString())
                    .containsExactly("b@x.example");
            assertThat(waiting.due()).isEqualTo(NOW.plusSeconds(30));
            assertThat(waiting.reason()).isEqualTo(WaitReason.TRANSIENT);
            assertThat(waiting.lane()).isEqualTo(new Lane(ACME, FIRST));
        });
    }

    @Test
    void anAttemptThatBeganLaterInTheRouteDoesNotBounceWhatOnlyItsProvidersCannotCarry() {
        Settlement settlement = settle(part(0, "a@x.example"), List.of(refused(SECOND, Scope.MESSAGE, Kind.INCAPABLE)));
        assertThat(types(settlement)).containsExactly(DeliveryEvent.Type.DEFERRED);
        assertThat(settlement.waiting())
                .singleElement()
                .satisfies(waiting -> assertThat(waiting.lane()).isEqualTo(new Lane(ACME, FIRST)));
        assertThat(settlement.events().getFirst().response().orElseThrow().code())
                .isEqualTo(451);
    }

    @Test
    void recipientsThatWaitForDifferentReasonsPartWays() {
        Settlement settlement = settle(
                part(0, "a@x.example", "b@x.example", "c@x.example"),
                List.of(refused(FIRST, Scope.RECIPIENT, Kind.TRANSIENT)),
                List.of(refused(FIRST, Scope.RECIPIENT, Kind.THROTTLED)),
                List.of(refused(FIRST, Scope.RECIPIENT, Kind.TRANSIENT)));
        assertThat(settlement.waiting())
                .extracting(Settlement.Waiting::due)
                .containsExactly(NOW.plusSeconds(30), NOW.plusSeconds(5));
        assertThat(settlement.waiting().getFirst().recipients()).hasSize(2);
    }

    @Test
    void backsOffExponentially() {
        assertThat(due(1, List.of(refused(FIRST, Scope.SESSION, Kind.TRANSIENT))))
                .isEqualTo(NOW.plusSeconds(60));
    }

    @Test
    void waitsAsLongAsTheProviderAsks() {
        Answered asked = new Answered(
                FIRST,
                new ProviderAnswer.Refused(
                        Scope.PROVIDER,
                        Kind.THROTTLED,
                        Optional.of(Duration.ofMinutes(7)),
                        Reply.plain(451, "slow down")),
                Duration.ZERO);
        assertThat(due(0, List.of(asked))).isEqualTo(NOW.plus(Duration.ofMinutes(7)));
    }

    @Test
    void expiresToTheDeadLettersAfterTheLastAttempt() {
        Settlement settlement = settle(part(2, "a@x.example"), List.of(refused(FIRST, Scope.SESSION, Kind.TRANSIENT)));
        assertThat(settlement.waiting()).isEmpty();
        assertThat(settlement.dead())
                .singleElement()
                .satisfies(dead -> assertThat(dead.attempts()).isEqualTo(3));
        assertThat(types(settlement)).containsExactly(DeliveryEvent.Type.EXPIRED, DeliveryEvent.Type.DEAD_LETTERED);
    }

    @Test
    void aProvidersConfigurationIsNotCountedAndNeverBouncesMail() {
        Settlement settlement =
                settle(part(2, "a@x.example"), List.of(refused(FIRST, Scope.PROVIDER, Kind.CONFIGURATION)));
        assertThat(settlement.waiting()).singleElement().satisfies(waiting -> {
            assertThat(waiting.reason()).isEqualTo(WaitReason.CONFIGURATION);
            assertThat(waiting.recipients().getFirst().attempts()).isEqualTo(2);
        });
    }

    @Test
    void bouncesWhatNoCandidateCanCarry() {
        Settlement settlement = settle(
                part(0, "a@x.example"),
                List.of(refused(FIRST, Scope.MESSAGE, Kind.INCAPABLE), refused(SECOND, Scope.MESSAGE, Kind.INCAPABLE)));
        assertThat(types(settlement)).containsExactly(DeliveryEvent.Type.BOUNCED);
    }

    @Test
    void waitsForTheCandidateThatCouldCarryTheMessage() {
        Settlement settlement = settle(
                part(0, "a@x.example"),
                List.of(refused(FIRST, Scope.MESSAGE, Kind.INCAPABLE), refused(SECOND, Scope.SESSION, Kind.TRANSIENT)));
        assertThat(types(settlement)).containsExactly(DeliveryEvent.Type.DEFERRED);
        assertThat(settlement.events().getFirst().account()).contains(SECOND);
    }

    @Test
    void whatIsInDoubtGoesToTheSameAccountOnly() {
        Answered doubt = new Answered(
                SECOND, new ProviderAnswer.InDoubt(Reply.of(451, "4.4.2", "connection lost")), Duration.ZERO);
        Settlement settlement =
                settle(part(0, "a@x.example"), List.of(refused(FIRST, Scope.SESSION, Kind.TRANSIENT), doubt));
        assertThat(settlement.waiting()).singleElement().satisfies(waiting -> {
            assertThat(waiting.inDoubt()).contains(SECOND);
            assertThat(waiting.lane()).isEqualTo(new Lane(ACME, SECOND));
        });
        assertThat(types(settlement)).containsExactly(DeliveryEvent.Type.IN_DOUBT);
    }

    @Test
    void goesOnInTheLaneOfACandidateThatHadNoRoom() {
        LeasedPart part = part(1, "a@x.example");
        Settlement settlement = outcomes.settle(
                new Outcomes.Attempted(part, Optional.of("default"), FIRST, RETRY, Optional.of(SECOND)),
                List.of(List.of(refused(FIRST, Scope.SESSION, Kind.TRANSIENT))));
        assertThat(settlement.waiting()).singleElement().satisfies(waiting -> {
            assertThat(waiting.lane()).isEqualTo(new Lane(ACME, SECOND));
            assertThat(waiting.due()).isEqualTo(NOW);
            assertThat(waiting.recipients().getFirst().attempts()).isEqualTo(1);
        });
    }

    @Test
    void theLastAttemptIsAtTheEndOfTheLifetime() {
        LeasedPart old = part(0, NOW.minus(Duration.ofDays(2)).plusSeconds(10), "a@x.example");
        Settlement settlement = settle(old, List.of(refused(FIRST, Scope.SESSION, Kind.TRANSIENT)));
        assertThat(settlement.waiting().getFirst().due()).isEqualTo(NOW.plusSeconds(10));
        LeasedPart over = part(0, NOW.minus(Duration.ofDays(2)), "a@x.example");
        assertThat(types(settle(over, List.of(refused(FIRST, Scope.SESSION, Kind.CONFIGURATION)))))
                .containsExactly(DeliveryEvent.Type.EXPIRED, DeliveryEvent.Type.DEAD_LETTERED);
    }

    private Instant due(int attempts, List<Answered> answers) {
        return settle(part(attempts, "a@x.example"), answers)
                .waiting()
                .getFirst()
                .due();
    }

    @SafeVarargs
    @SuppressWarnings("varargs")
    private Settlement settle(LeasedPart part, List<Answered>... answers) {
        return outcomes.settle(
                new Outcomes.Attempted(part, Optional.of("default"), FIRST, RETRY, Optional.empty()), List.of(answers));
    }

    private static List<DeliveryEvent.Type> types(Settlement settlement) {
        return settlement.events().stream().map(DeliveryEvent::type).toList();
    }

    private static Answered relayed(AccountId account) {
        return new Answered(
                account, new ProviderAnswer.Relayed(Optional.empty(), Reply.plain(250, "ok")), Duration.ZERO);
    }

    private static Answered refused(AccountId account, Scope scope, Kind kind) {
        return new Answered(
                account, new ProviderAnswer.Refused(scope, kind, Reply.plain(450, "not now")), Duration.ZERO);
    }

    private static LeasedPart part(int attempts, String... recipients) {
        return part(attempts, NOW.minusSeconds(1), recipients);
    }

    private static LeasedPart part(int attempts, Instant receivedAt, String... recipients) {
        PartId id = new PartId(MessageId.next(receivedAt), 0);
        return new LeasedPart(
                new Lease(id, 1, NOW.plusSeconds(60)),
                new Lane(ACME, FIRST),
                Optional.of(EmailAddress.parse("s@acme.example")),
                Stream.of(recipients)
                        .map(address -> new RecipientState(EmailAddress.parse(address), attempts, Optional.empty()))
                        .toList(),
                Needs.NOTHING,
                receivedAt,
                "session",
                Optional.empty(),
                new Nothing());
    }

    private static final class Nothing implements MessageContent {
        @Override
        public long size() {
            return 0;
        }

        @Override
        public java.io.InputStream open() {
            return java.io.InputStream.nullInputStream();
        }
    }
}
