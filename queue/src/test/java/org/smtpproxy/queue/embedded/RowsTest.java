package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.EnhancedStatus;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.queue.encryption.MasterKey;
import org.smtpproxy.queue.encryption.MessageKey;

import static org.assertj.core.api.Assertions.assertThat;

class RowsTest {
    private final MessageKey key = MasterKey.generate().newTenantKey().of(new MessageId(1, 1));

    @Property(tries = 300)
    void numbersInstantsAndDurationsComeBack(@ForAll long number, @ForAll Instant instant, @ForAll Duration duration) {
        byte[] row = new Encoder(1)
                .number(number)
                .fixed(number)
                .instant(instant)
                .duration(duration)
                .toBytes();
        Decoder fields = new Decoder(row);
        assertThat(fields.number()).isEqualTo(number);
        assertThat(fields.fixed()).isEqualTo(number);
        assertThat(fields.instant()).isEqualTo(instant);
        assertThat(fields.duration()).isEqualTo(duration);
        assertThat(fields.rest()).isEmpty();
    }

    @Property(tries = 100)
    void aPartComesBack(@ForAll("parts") PartState part) throws IOException {
        byte[] row = part.encode(key);
        assertThat(PartState.decode(part.id(), row, key)).isEqualTo(part);
        assertThat(PartState.revision(row)).isEqualTo(part.revision());
    }

    @Property(tries = 50)
    void aDoubtIsAllThatChanges(@ForAll("parts") PartState part) throws IOException {
        AccountId account = AccountId.shared("pool");
        byte[] row = PartState.withDoubt(part.encode(key), account);
        PartState expected =
                new PartState(part.id(), part.revision(), part.alone(), Optional.of(account), part.recipients());
        assertThat(PartState.decode(part.id(), row, key)).isEqualTo(expected);
    }

    @Property(tries = 50)
    void referencesAreAllThatChanges(@ForAll("heads") MessageHead head, @ForAll("counts") int references)
            throws IOException {
        byte[] row = MessageHead.withReferences(head.encode(key), references);
        assertThat(MessageHead.references(row)).isEqualTo(references);
        assertThat(MessageHead.decode(head.id(), row, key)).isEqualTo(head);
    }

    @Property(tries = 300)
    void dueRowsSortByLaneThenDueThenPart(@ForAll("places") WaitingPart a, @ForAll("places") WaitingPart b) {
        assertThat(WaitingPart.decode(a.key(), a.value())).isEqualTo(a);
        assertThat(WaitingPart.decode(a.key(), a.value()).reason()).isEqualTo(a.reason());
        if (a.lane().equals(b.lane())) {
            assertThat(Integer.signum(Arrays.compareUnsigned(a.key(), b.key())))
                    .isEqualTo(Integer.signum(a.compareTo(b)));
        }
        byte[] start = WaitingPart.prefix(a.lane());
        byte[] behind = WaitingPart.prefixBehind(a.lane());
        boolean within = Arrays.compareUnsigned(b.key(), start) >= 0 && Arrays.compareUnsigned(b.key(), behind) < 0;
        assertThat(within).isEqualTo(a.lane().equals(b.lane()));
    }

    @Property(tries = 50)
    void aDeadLetterComesBack(@ForAll("parts") PartState part) throws IOException {
        Instant givenUpAt = Instant.ofEpochMilli(1_700_000_000_123L);
        byte[] row = DeadRow.encode(part.id(), givenUpAt, part.recipients(), key);
        assertThat(DeadRow.decode(part.id(), row, key)).isEqualTo(new DeadRow(part.id(), givenUpAt, part.recipients()));
        assertThat(DeadRow.id(DeadRow.key(Messages.ACME, part.id()))).isEqualTo(part.id());
    }

    @Provide
    Arbitrary<Integer> counts() {
        return Arbitraries.integers().between(0, 100_000);
    }

    @Provide
    Arbitrary<PartState> parts() {
        return Combinators.combine(
                        partIds(),
                        Arbitraries.longs().greaterOrEqual(0),
                        Arbitraries.of(true, false),
                        Arbitraries.of(AccountId.shared("pool"), Messages.LANE.account())
                                .optional(),
                        recipients().list().ofMaxSize(5))
                .as(PartState::new);
    }

    @Provide
    Arbitrary<MessageHead> heads() {
        return Combinators.combine(
                        addresses().optional(),
                        Arbitraries.strings().ofMaxLength(20),
                        Arbitraries.of(true, false),
                        Arbitraries.of(true, false),
                        Arbitraries.longs().greaterOrEqual(0))
                .as((sender, session, utf8, inFile, size) -> new MessageHead(
                        new MessageId(5, 6),
                        Messages.ACME,
                        sender,
                        session,
                        new Needs(!utf8, utf8),
                        Instant.ofEpochMilli(1_700_000_000_000L),
                        size,
                        inFile));
    }

    @Provide
    Arbitrary<WaitingPart> places() {
        // Names that are each other's beginnings must not run into each other.
        Arbitrary<Lane> lanes = Combinators.combine(
                        Arbitraries.of("a", "a-b", "ab", "b"), Arbitraries.of("r", "r-a", "r.a", "ra"))
                .as((tenant, account) -> new Lane(new TenantId(tenant), AccountId.shared(account)));
        return Combinators.combine(
                        lanes,
                        Arbitraries.longs().between(-5, 5),
                        partIds(),
                        Arbitraries.of(WaitReason.class),
                        Arbitraries.longs(),
                        Arbitraries.longs().greaterOrEqual(0))
                .as((lane, due, id, reason, received, size) ->
                        new WaitingPart(lane, due, id, reason, received, size, null));
    }

    private static Arbitrary<PartId> partIds() {
        Arbitrary<Long> ids = Arbitraries.of(0L, 1L, -1L, Long.MIN_VALUE, Long.MAX_VALUE, 77L);
        return Combinators.combine(ids, ids, Arbitraries.longs().greaterOrEqual(0))
                .as((high, low, number) -> new PartId(new MessageId(high, low), number));
    }

    private static Arbitrary<EmailAddress> addresses() {
        return Arbitraries.of("a@x.example", "\"odd one\"@x.example", "jürgen@müller.example", "b@[192.0.2.1]")
                .map(EmailAddress::parse);
    }

    private static Arbitrary<RecipientState> recipients() {
        Arbitrary<Reply> replies = Combinators.combine(
                        Arbitraries.integers().between(200, 599),
                        Arbitraries.of(new EnhancedStatus(4, 0, 999), new EnhancedStatus(5, 1, 1))
                                .optional(),
                        Arbitraries.strings()
                                .ofMaxLength(30)
                                .list()
                                .ofMinSize(1)
                                .ofMaxSize(3))
                .as((code, status, lines) -> new Reply(code, status, List.copyOf(lines)));
        return Combinators.combine(addresses(), Arbitraries.integers().between(0, 1000), replies.optional())
                .as(RecipientState::new);
    }
}
