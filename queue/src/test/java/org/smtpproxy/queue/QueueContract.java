package org.smtpproxy.queue;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.Settlement.Waiting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.smtpproxy.queue.Messages.ACME;
import static org.smtpproxy.queue.Messages.LANE;
import static org.smtpproxy.queue.Messages.address;
import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.finished;
import static org.smtpproxy.queue.Messages.lane;
import static org.smtpproxy.queue.Messages.octets;

/**
 * What every backend of the queue keeps. A backend's test extends it and says how to open its store.
 */
@NullUnmarked
@Timeout(300)
public abstract class QueueContract {
    protected static final Predicate<Lane> ALL = lane -> true;
    protected static final long BYTES = Long.MAX_VALUE;
    protected static final Duration LEASE = Duration.ofMinutes(10);

    protected final ManualClock clock = new ManualClock();
    protected MessageQueue queue;
    protected EventLog events;

    /** Opens the store of this test, with what it had when it was last closed. Sets both fields. */
    protected abstract void open() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        open();
    }

    @AfterEach
    void closeStore() {
        queue.close();
    }

    protected void reopen() throws Exception {
        queue.close();
        open();
    }

    protected NewMessage enqueue(Lane lane, String... recipients) {
        return enqueue(lane, octets(2_000, 1), recipients);
    }

    protected NewMessage enqueue(Lane lane, byte[] content, String... recipients) {
        NewMessage message = arrived(queue, lane, clock.instant(), content, recipients);
        queue.enqueue(message).join();
        return message;
    }

    /** Claims, waiting until at least one part is given out. */
    protected List<LeasedPart> claim(int most) {
        Instant giveUp = clock.instant().plusSeconds(20);
        while (true) {
            List<LeasedPart> parts = queue.claim(most, BYTES, ALL);
            if (!parts.isEmpty()) {
                return parts;
            }
            try {
                queue.awaitDue(giveUp);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Claims until so many parts are given out, in the order they are. */
    protected List<LeasedPart> claimInAll(int count) {
        List<LeasedPart> parts = new ArrayList<>();
        while (parts.size() < count) {
            parts.addAll(claim(count - parts.size()));
        }
        return parts;
    }

    protected LeasedPart claimOne() {
        List<LeasedPart> parts = claim(1);
        assertThat(parts).hasSize(1);
        return parts.getFirst();
    }

    protected Waiting later(LeasedPart part, Duration delay, String... recipients) {
        List<RecipientState> states = new ArrayList<>();
        for (String recipient : recipients) {
            states.add(new RecipientState(
                    address(recipient), 1, Optional.of(Reply.of(451, "4.3.0", "try again, " + recipient))));
        }
        return new Waiting(part.lane(), clock.instant().plus(delay), WaitReason.TRANSIENT, Optional.empty(), states);
    }

    protected static Settlement outcome(LeasedPart part, List<Waiting> waiting, List<RecipientState> dead) {
        return new Settlement(part.lease(), waiting, dead, List.of());
    }

    protected static Set<String> recipients(LeasedPart part) {
        return part.recipients().stream().map(r -> r.address().toString()).collect(Collectors.toSet());
    }

    @Test
    void whatIsClaimedIsWhatWasEnqueued() {
        byte[] content = octets(50_000, 7);
        NewMessage message = enqueue(LANE, content, "a@x.example", "b@y.example");
        LeasedPart part = claimOne();
        assertEquals(part, message, content);
    }

    @Test
    void whatIsClaimedAfterReopeningIsWhatWasEnqueued() throws Exception {
        byte[] content = octets(50_000, 7);
        NewMessage message = enqueue(LANE, content, "a@x.example", "b@y.example");
        reopen();
        assertEquals(claimOne(), message, content);
    }

    private void assertEquals(LeasedPart part, NewMessage message, byte[] content) {
        assertThat(part.message()).isEqualTo(message.id());
        assertThat(part.lease().part()).isEqualTo(new PartId(message.id(), 0));
        assertThat(part.lane()).isEqualTo(message.lane());
        assertThat(part.sender()).isEqualTo(message.envelope().sender());
        assertThat(part.recipients().stream().map(RecipientState::address).toList())
                .isEqualTo(message.envelope().recipients());
        assertThat(part.recipients()).allSatisfy(r -> {
            assertThat(r.attempts()).isZero();
            assertThat(r.lastReply()).isEmpty();
        });
        assertThat(part.needs()).isEqualTo(message.needs());
        assertThat(part.receivedAt()).isEqualTo(message.receivedAt());
        assertThat(part.sessionId()).isEqualTo(message.sessionId());
        assertThat(part.inDoubt()).isEmpty();
        assertThat(part.content().size()).isEqualTo(content.length);
        assertThat(Messages.read(part.content())).isEqualTo(content);
        assertThat(Messages.read(part.content())).as("a second time").isEqualTo(content);
    }

    @Test
    void contentOfAnySizeComesBack() throws Exception {
        int[] sizes = {0, 1, 4_096, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 327_680, 25 * 1024 * 1024};
        Map<MessageId, byte[]> contents = new HashMap<>();
        for (int size : sizes) {
            byte[] content = octets(size, size);
            contents.put(enqueue(LANE, content, "a@x.example").id(), content);
        }
        reopen();
        List<LeasedPart> parts = claimInAll(sizes.length);
        for (LeasedPart part : parts) {
            assertThat(Messages.read(part.content())).isEqualTo(contents.get(part.message()));
        }
    }

    @Test
    void sealedContentCanBeReadBeforeItIsEnqueued() {
        for (int size : new int[] {10, 300_000}) {
            MessageId id = MessageId.next(clock.instant());
            byte[] content = octets(size, 3);
            try (IncomingContent incoming = queue.receive(ACME, id)) {
                incoming.write(content, 0, size);
                MessageContent sealed = incoming.seal();
                assertThat(sealed.size()).isEqualTo(size);
                assertThat(Messages.read(sealed)).isEqualTo(content);
            }
        }
    }

    @Test
    void aNullSenderStaysOne() throws Exception {
        NewMessage message = arrived(queue, LANE, clock.instant(), octets(10, 1), "a@x.example");
        queue.enqueue(new NewMessage(
                        message.id(),
                        message.lane(),
                        new Envelope(Optional.empty(), message.envelope().recipients()),
                        message.needs(),
                        message.receivedAt(),
                        message.sessionId(),
                        message.content(),
                        message.events()))
                .join();
        reopen();
        assertThat(claimOne().sender()).isEmpty();
    }

    @Test
    void aPartIsLeasedOnce() {
        enqueue(LANE, "a@x.example");
        claimOne();
        assertThat(queue.claim(10, BYTES, ALL)).isEmpty();
    }

    @Test
    void partsOfALaneComeInTheOrderTheyWereAccepted() {
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            clock.advance(Duration.ofMillis(5));
            ids.add(enqueue(LANE, "a@x.example").id());
        }
        List<MessageId> claimed = new ArrayList<>();
        while (claimed.size() < 50) {
            claim(7).forEach(part -> claimed.add(part.message()));
        }
        assertThat(claimed).isEqualTo(ids);
    }

    @Test
    void claimKeepsToItsLimits() {
        enqueue(LANE, octets(1_000, 1), "a@x.example");
        enqueue(lane("other", "relay-a"), octets(1_000, 2), "a@x.example");
        assertThat(queue.claim(0, BYTES, ALL)).isEmpty();
        assertThat(queue.claim(1, BYTES, ALL)).hasSize(1);
        assertThat(queue.claim(10, 10, ALL))
                .as("one at least, whatever its size")
                .hasSize(1);
        enqueue(LANE, octets(1_000, 1), "a@x.example");
        enqueue(lane("other", "relay-a"), octets(1_000, 2), "a@x.example");
        assertThat(queue.claim(10, 1_500, ALL)).hasSize(1);
        assertThat(queue.claim(10, BYTES, ALL)).hasSize(1);
    }

    @Test
    void aClosedLaneHoldsUpNobody() {
        Lane closed = lane("acme", "down");
        enqueue(closed, "a@x.example");
        NewMessage open = enqueue(LANE, "b@x.example");
        assertThat(queue.claim(10, BYTES, lane -> !lane.equals(closed)))
                .extracting(LeasedPart::message)
                .containsExactly(open.id());
        assertThat(queue.claim(10, BYTES, ALL)).hasSize(1);
    }

    @Test
    void aLongLaneDoesNotStarveAShortOne() {
        Lane flood = lane("flood", "relay-a");
        List<CompletableFuture<Void>> stored = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            stored.add(queue.enqueue(arrived(queue, flood, clock.instant(), octets(100, 1), "a@x.example")));
        }
        stored.forEach(CompletableFuture::join);
        for (int i = 0; i < 10; i++) {
            enqueue(LANE, octets(100, 1), "b@x.example");
        }
        assertThat(claimInAll(60)).filteredOn(part -> part.lane().equals(LANE)).hasSize(10);
    }

    @Test
    void aFinishedMessageIsGone() throws Exception {
        enqueue(LANE, octets(400_000, 1), "a@x.example");
        enqueue(LANE, "b@x.example");
        for (LeasedPart part : claimInAll(2)) {
            queue.settle(finished(part, clock.instant())).join();
        }
        assertThat(queue.summary()).isEmpty();
        reopen();
        assertThat(queue.claim(10, BYTES, ALL)).isEmpty();
        assertThat(queue.summary()).isEmpty();
    }

    @Test
    void waitingRecipientsComeBackWhenDueAndNotBefore() throws Exception {
        enqueue(LANE, "a@x.example", "b@x.example");
        LeasedPart first = claimOne();
        queue.settle(outcome(first, List.of(later(first, Duration.ofMinutes(5), "b@x.example")), List.of()))
                .join();
        assertThat(queue.claim(10, BYTES, ALL)).isEmpty();
        reopen();
        clock.advance(Duration.ofSeconds(299));
        assertThat(queue.claim(10, BYTES, ALL)).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        LeasedPart again = claimOne();
        assertThat(again.lease().part()).isEqualTo(first.lease().part());
        assertThat(again.recipients())
                .containsExactly(new RecipientState(
                        address("b@x.example"), 1, Optional.of(Reply.of(451, "4.3.0", "try again, b@x.example"))));
        assertThat(Messages.read(again.content())).isEqualTo(octets(2_000, 1));
    }

    @Test
    void recipientsThatPartWaysBecomePartsWithTheSameContent() throws Exception {
        byte[] content = octets(300_000, 9);
        NewMessage message = enqueue(LANE, content, "a@x.example", "b@x.example", "c@x.example");
        LeasedPart whole = claimOne();
        Waiting moved = new Waiting(
                lane("acme", "relay-b"),
                clock.instant(),
                WaitReason.IN_DOUBT,
                Optional.of(AccountId.shared("pool")),
                List.of(new RecipientState(address("c@x.example"), 2, Optional.empty())));
        queue.settle(outcome(
                        whole,
                        List.of(
                                later(whole, Duration.ZERO, "a@x.example"),
                                later(whole, Duration.ofHours(1), "b@x.example"),
                                moved),
                        List.of()))
                .join();
        List<LeasedPart> now = claimInAll(2);
        assertThat(now)
                .extracting(QueueContract::recipients)
                .containsExactlyInAnyOrder(Set.of("a@x.example"), Set.of("c@x.example"));
        LeasedPart doubtful = now.stream()
                .filter(part -> part.lane().equals(moved.lane()))
                .findFirst()
                .orElseThrow();
        assertThat(doubtful.inDoubt()).contains(AccountId.shared("pool"));
        for (LeasedPart part : now) {
            assertThat(Messages.read(part.content())).isEqualTo(content);
            queue.settle(finished(part, clock.instant())).join();
        }
        reopen();
        clock.advance(Duration.ofHours(1));
        LeasedPart last = claimOne();
        assertThat(recipients(last)).containsExactly("b@x.example");
        assertThat(last.message()).isEqualTo(message.id());
        assertThat(Messages.read(last.content())).as("kept until the last part").isEqualTo(content);
        Set<PartId> ids = new HashSet<>();
        now.forEach(part -> ids.add(part.lease().part()));
        ids.add(last.lease().part());
        assertThat(ids).hasSize(3);
        queue.settle(finished(last, clock.instant())).join();
        assertThat(queue.summary()).isEmpty();
    }

    @Test
    void numbersOfPartsAreNotUsedAgain() throws Exception {
        enqueue(LANE, "a@x.example", "b@x.example");
        Set<PartId> ids = new HashSet<>();
        for (int round = 0; round < 3; round++) {
            LeasedPart part = claim(1).getFirst();
            ids.add(part.lease().part());
            queue.settle(outcome(
                            part,
                            List.of(
                                    later(part, Duration.ofDays(1), "a@x.example"),
                                    later(part, Duration.ZERO, "b@x.example")),
                            List.of()))
                    .join();
            reopen();
        }
        assertThat(ids).hasSize(3);
    }

    @Test
    void aLostLeaseCanNotSettle() {
        enqueue(LANE, "a@x.example");
        LeasedPart late = claimOne();
        clock.advance(LEASE.plusSeconds(1));
        LeasedPart taken = claimOne();
        assertThat(taken.lease().part()).isEqualTo(late.lease().part());
        assertThat(taken.lease().token()).isGreaterThan(late.lease().token());
        assertStale(queue.settle(finished(late, clock.instant())));
        queue.release(late.lease());
        assertThatThrownBy(() -> queue.attempting(late.lease(), AccountId.shared("pool")))
                .isInstanceOf(StaleLeaseException.class);
        queue.settle(finished(taken, clock.instant())).join();
        assertStale(queue.settle(finished(taken, clock.instant())));
        assertThat(events.read(0, 100)).hasSize(2);
    }

    private static void assertStale(CompletableFuture<Void> settled) {
        assertThatThrownBy(settled::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(StaleLeaseException.class);
    }

    @Test
    void aPredicateThatThrowsTakesNothingAway() {
        enqueue(LANE, "a@x.example");
        enqueue(lane("other", "relay-a"), "b@x.example");
        enqueue(lane("third", "relay-a"), "c@x.example");
        List<Lane> asked = new ArrayList<>();
        assertThatThrownBy(() -> queue.claim(10, BYTES, lane -> {
                    asked.add(lane);
                    if (asked.size() == 3) {
                        throw new IllegalStateException("a bug of the caller");
                    }
                    return true;
                }))
                .hasMessage("a bug of the caller");
        assertThat(queue.summary())
                .hasSize(3)
                .allSatisfy(lane -> assertThat(lane.leased()).isZero());
        assertThat(claimInAll(3)).extracting(QueueContract::recipients).doesNotHaveDuplicates();
    }

    @Test
    void aPartGivenBackKeepsTheDoubtOfTheOwnerBefore() {
        enqueue(LANE, "a@x.example");
        AccountId account = AccountId.own(ACME, "relay-a");
        queue.attempting(claimOne().lease(), account);
        clock.advance(LEASE.plusSeconds(1));
        LeasedPart second = claimOne();
        assertThat(second.inDoubt()).contains(account);
        queue.release(second.lease());
        assertThat(claimOne().inDoubt()).contains(account);
    }

    @Test
    void aRenewedLeaseHolds() {
        enqueue(LANE, "a@x.example");
        LeasedPart part = claimOne();
        clock.advance(LEASE.minusSeconds(1));
        assertThat(queue.renew(List.of(part.lease()))).isEmpty();
        clock.advance(LEASE.minusSeconds(1));
        assertThat(queue.claim(10, BYTES, ALL)).isEmpty();
        clock.advance(Duration.ofSeconds(2));
        assertThat(queue.renew(List.of(part.lease()))).containsExactly(part.lease());
    }

    @Test
    void aReleasedPartIsDueAtOnceAndUnchanged() {
        enqueue(LANE, "a@x.example");
        LeasedPart part = claimOne();
        queue.attempting(part.lease(), AccountId.shared("pool"));
        queue.release(part.lease());
        LeasedPart again = claimOne();
        assertThat(again.recipients()).isEqualTo(part.recipients());
        assertThat(again.inDoubt()).isEmpty();
        assertThat(Messages.read(again.content())).isEqualTo(octets(2_000, 1));
    }

    @Test
    void leasesEndWithTheProcess() throws Exception {
        enqueue(LANE, "a@x.example");
        LeasedPart before = claimOne();
        reopen();
        LeasedPart after = claimOne();
        assertThat(after.lease().token()).isGreaterThan(before.lease().token());
    }

    @Test
    void anAttemptCutOffLeavesThePartInDoubt() throws Exception {
        enqueue(LANE, "a@x.example");
        enqueue(LANE, "b@x.example");
        enqueue(LANE, "c@x.example");
        AccountId account = AccountId.own(ACME, "relay-a");
        Map<String, LeasedPart> parts = claimInAll(3).stream()
                .collect(Collectors.toMap(p -> recipients(p).iterator().next(), p -> p));
        queue.attempting(parts.get("a@x.example").lease(), account);
        queue.attempting(parts.get("b@x.example").lease(), account);
        LeasedPart settled = parts.get("b@x.example");
        queue.settle(outcome(settled, List.of(later(settled, Duration.ZERO, "b@x.example")), List.of()))
                .join();
        reopen();
        Map<String, Optional<AccountId>> doubts = new HashMap<>();
        List<LeasedPart> again = claimInAll(3);
        again.forEach(p -> doubts.put(recipients(p).iterator().next(), p.inDoubt()));
        assertThat(doubts)
                .containsEntry("a@x.example", Optional.of(account))
                .containsEntry("b@x.example", Optional.empty())
                .containsEntry("c@x.example", Optional.empty());
        again.forEach(p -> queue.release(p.lease()));
        reopen();
        LeasedPart doubtful = doubtful();
        queue.settle(outcome(doubtful, List.of(later(doubtful, Duration.ZERO, "a@x.example")), List.of()))
                .join();
        reopen();
        List<LeasedPart> cleared = claimInAll(3);
        assertThat(cleared).allSatisfy(part -> assertThat(part.inDoubt()).isEmpty());
    }

    private LeasedPart doubtful() {
        List<LeasedPart> parts = claimInAll(3);
        List<LeasedPart> doubtful =
                parts.stream().filter(part -> part.inDoubt().isPresent()).toList();
        assertThat(doubtful).hasSize(1);
        return doubtful.getFirst();
    }

    @Test
    void deadLettersKeepTheirContent() throws Exception {
        byte[] content = octets(300_000, 5);
        List<MessageId> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            clock.advance(Duration.ofMillis(2));
            ids.add(enqueue(LANE, content, "a@x.example", "b@x.example").id());
        }
        enqueue(lane("other", "relay-a"), "z@x.example");
        for (LeasedPart part : claimInAll(4)) {
            RecipientState dead = part.recipients().getFirst();
            queue.settle(outcome(part, List.of(), List.of(dead))).join();
        }
        assertThat(queue.summary()).isEmpty();
        reopen();
        List<DeadLetter> first = queue.deadLetters(ACME, Optional.empty(), 2);
        assertThat(first).extracting(letter -> letter.part().message()).isEqualTo(ids.subList(0, 2));
        List<DeadLetter> rest = queue.deadLetters(ACME, Optional.of(ids.get(1)), 2);
        assertThat(rest).extracting(letter -> letter.part().message()).isEqualTo(ids.subList(2, 3));
        DeadLetter letter = rest.getFirst();
        assertThat(letter.tenant()).isEqualTo(ACME);
        assertThat(letter.sender()).contains(address("app@acme.example"));
        assertThat(letter.recipients()).extracting(RecipientState::address).containsExactly(address("a@x.example"));
        assertThat(letter.givenUpAt()).isEqualTo(clock.instant());
        assertThat(Messages.read(letter.content())).isEqualTo(content);
    }

    @Test
    void aMessageCanDieBitByBit() throws Exception {
        enqueue(LANE, "a@x.example", "b@x.example", "c@x.example");
        for (String recipient : List.of("a@x.example", "b@x.example", "c@x.example")) {
            LeasedPart part = claimOne();
            RecipientState dead = part.recipients().getFirst();
            assertThat(dead.address()).hasToString(recipient);
            List<RecipientState> rest =
                    part.recipients().subList(1, part.recipients().size());
            List<Waiting> waiting = rest.isEmpty()
                    ? List.of()
                    : List.of(new Waiting(LANE, clock.instant(), WaitReason.TRANSIENT, Optional.empty(), rest));
            queue.settle(outcome(part, waiting, List.of(dead))).join();
        }
        reopen();
        assertThat(queue.deadLetters(ACME, Optional.empty(), 1))
                .hasSize(3)
                .allSatisfy(
                        letter -> assertThat(Messages.read(letter.content())).isEqualTo(octets(2_000, 1)));
        assertThat(queue.claim(1, BYTES, ALL)).isEmpty();
    }

    @Test
    void eventsAreReadInTheOrderTheyHappened() throws Exception {
        NewMessage message = enqueue(LANE, "a@x.example", "b@x.example");
        LeasedPart part = claimOne();
        Settlement outcome = finished(part, clock.instant());
        queue.settle(outcome).join();
        List<DeliveryEvent> happened = new ArrayList<>(message.events());
        happened.addAll(outcome.events());
        assertThat(events.read(0, 100)).extracting(EventLog.Entry::event).isEqualTo(happened);
        reopen();
        enqueue(LANE, "c@x.example");
        List<EventLog.Entry> all = events.read(0, 100);
        assertThat(all).hasSize(4);
        assertThat(all).extracting(EventLog.Entry::sequence).isSorted().doesNotHaveDuplicates();
        assertThat(all.subList(0, 3)).extracting(EventLog.Entry::event).isEqualTo(happened);
        for (int i = 0; i < 4; i++) {
            assertThat(events.read(all.get(i).sequence(), 2)).isEqualTo(all.subList(i + 1, Math.min(i + 3, 4)));
        }
    }

    @Test
    void consumersKeepTheirPlaces() throws Exception {
        enqueue(LANE, "a@x.example");
        enqueue(LANE, "b@x.example");
        List<EventLog.Entry> all = events.read(0, 10);
        assertThat(events.acknowledged("history")).isZero();
        events.acknowledge("history", all.getFirst().sequence());
        events.acknowledge("webhooks", all.getLast().sequence());
        assertThat(events.acknowledged("history")).isEqualTo(all.getFirst().sequence());
        reopen();
        assertThat(events.acknowledged("history")).isEqualTo(all.getFirst().sequence());
        assertThat(events.acknowledged("webhooks")).isEqualTo(all.getLast().sequence());
        assertThat(events.read(events.acknowledged("history"), 10)).isEqualTo(all.subList(1, 2));
    }

    @Test
    void summaryTellsWhatWaitsAndWhy() throws Exception {
        Instant accepted = clock.instant();
        enqueue(LANE, "a@x.example");
        enqueue(LANE, "b@x.example");
        enqueue(LANE, "c@x.example");
        LeasedPart deferred = claimOne();
        queue.settle(outcome(deferred, List.of(later(deferred, Duration.ofHours(2), "a@x.example")), List.of()))
                .join();
        claimOne();
        Map<WaitReason, Instant> oldest = Map.of(WaitReason.FRESH, accepted, WaitReason.TRANSIENT, accepted);
        assertThat(queue.summary())
                .containsExactly(new LaneSummary(
                        LANE, Map.of(WaitReason.FRESH, 1L, WaitReason.TRANSIENT, 1L), 1, oldest, accepted));
        reopen();
        assertThat(queue.summary())
                .containsExactly(new LaneSummary(
                        LANE, Map.of(WaitReason.FRESH, 2L, WaitReason.TRANSIENT, 1L), 0, oldest, accepted));
    }

    @Test
    void manyTenantsKeepApart() throws Exception {
        for (int i = 0; i < 30; i++) {
            enqueue(lane("tenant-" + i, "relay"), octets(100, i), "a@x.example");
        }
        reopen();
        Set<TenantId> seen = new HashSet<>();
        while (seen.size() < 30) {
            for (LeasedPart part : claim(30)) {
                assertThat(seen.add(part.lane().tenant())).isTrue();
                int number = Integer.parseInt(part.lane().tenant().value().substring(7));
                assertThat(Messages.read(part.content())).isEqualTo(octets(100, number));
            }
        }
    }

    @Test
    void awaitDueWakesForANewPart() throws Exception {
        assertThat(queue.claim(1, BYTES, ALL)).isEmpty();
        Thread other = Thread.startVirtualThread(() -> enqueue(LANE, "a@x.example"));
        LeasedPart part = claimOne();
        other.join();
        assertThat(recipients(part)).containsExactly("a@x.example");
    }

    @Test
    void awaitDueEndsByItself() throws Exception {
        queue.claim(1, BYTES, ALL);
        queue.awaitDue(clock.instant());
    }

    @Test
    void abandonedContentLeavesNothing() throws Exception {
        for (int size : new int[] {100, 1_000_000}) {
            IncomingContent incoming = queue.receive(ACME, MessageId.next(clock.instant()));
            incoming.write(octets(size, 1), 0, size);
            incoming.close();
            incoming.close();
        }
        assertThat(queue.claim(1, BYTES, ALL)).isEmpty();
        assertThat(queue.health()).isEqualTo(new QueueHealth.Healthy());
    }

    @Test
    void aClosedQueuePromisesNothing() throws Exception {
        NewMessage message = arrived(queue, LANE, clock.instant(), octets(10, 1), "a@x.example");
        queue.close();
        assertThatThrownBy(() -> queue.enqueue(message).join())
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(QueueUnavailableException.class);
        assertThat(queue.claim(1, BYTES, ALL)).isEmpty();
        open();
    }
}
