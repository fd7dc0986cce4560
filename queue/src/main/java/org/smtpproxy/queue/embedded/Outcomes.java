package org.smtpproxy.queue.embedded;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import org.rocksdb.RocksDBException;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.queue.Settlement;
import org.smtpproxy.queue.Settlement.Waiting;
import org.smtpproxy.queue.encryption.MessageKey;

/**
 * How attempts end. The old rows of a part go, rows for the recipients that wait come, the events are logged: one
 * write. A message that was never split needs no look at its row, because its only part knows that it is alone.
 */
final class Outcomes {
    private final Workshop workshop;
    private final PartNumbers numbers;
    private final Clock clock;

    Outcomes(Workshop workshop, PartNumbers numbers, Clock clock) {
        this.workshop = workshop;
        this.numbers = numbers;
        this.clock = clock;
    }

    CompletableFuture<Void> settle(Settlement settlement) {
        Claimed claimed = workshop.schedule().beginSettle(settlement.lease());
        try {
            return workshop.writer().submit(change(claimed, settlement));
        } catch (RuntimeException e) {
            workshop.schedule().failSettle(claimed);
            throw e;
        }
    }

    private Settle change(Claimed claimed, Settlement settlement) {
        PartState state = claimed.state();
        MessageHead head = claimed.head();
        WaitingPart old = claimed.part();
        MessageKey key = claimed.key();
        int remaining = settlement.waiting().size() + (settlement.dead().isEmpty() ? 0 : 1);
        boolean alone = state.alone() && remaining == 1;
        RowWrites rows =
                new RowWrites().delete(Family.PARTS, PartState.key(state.id())).delete(Family.DUE, old.key());
        List<WaitingPart> waiting = new ArrayList<>();
        PartId id = state.id();
        for (Waiting group : settlement.waiting()) {
            if (!group.lane().tenant().equals(head.tenant())) {
                throw new IllegalArgumentException("a part stays with its tenant");
            }
            PartState next = new PartState(id, state.revision() + 1, alone, group.inDoubt(), group.recipients());
            WaitingPart place = new WaitingPart(
                    group.lane(), group.due().toEpochMilli(), id, group.reason(), old.receivedAt(), old.size(), null);
            rows.put(Family.PARTS, PartState.key(id), next.encode(key)).put(Family.DUE, place.key(), place.value());
            waiting.add(place);
            if (waiting.size() < remaining) {
                id = new PartId(head.id(), numbers.next());
            }
        }
        if (!settlement.dead().isEmpty()) {
            byte[] value = DeadRow.encode(id, clock.instant(), settlement.dead(), key);
            rows.put(Family.DEAD, DeadRow.key(head.tenant(), id), value);
        }
        return new Settle(claimed, rows, waiting, remaining, workshop.events().draft(settlement.events(), key));
    }

    private final class Settle extends Change {
        private final Claimed claimed;
        private final RowWrites rows;
        private final List<WaitingPart> waiting;
        private final int remaining;
        private final EventJournal.Draft draft;
        private boolean ended;

        Settle(Claimed claimed, RowWrites rows, List<WaitingPart> waiting, int remaining, EventJournal.Draft draft) {
            super(rows.bytes());
            this.claimed = claimed;
            this.rows = rows;
            this.waiting = waiting;
            this.remaining = remaining;
            this.draft = draft;
        }

        @Override
        void addTo(Batch batch) throws RocksDBException {
            MessageId message = claimed.head().id();
            boolean looks = claimed.state().alone() ? remaining > 1 : remaining != 1;
            byte[] row = looks ? batch.messageRow(message) : null;
            int references = row == null ? remaining : MessageHead.references(row) + remaining - 1;
            rows.addTo(batch);
            workshop.events().append(draft, batch);
            if (references == 0) {
                end(batch);
            } else if (row != null) {
                batch.replaceMessageRow(message, MessageHead.withReferences(row, references));
            }
        }

        @Override
        void committed() {
            MessageHead head = claimed.head();
            workshop.events().committed();
            workshop.slots().close(claimed.part().id());
            workshop.depth().remove(claimed.part());
            waiting.forEach(workshop.depth()::add);
            workshop.schedule().endSettle(claimed, waiting);
            claimed.part().forgetContent();
            if (ended && head.inFile()) {
                var _ = workshop.reads().sync(() -> workshop.files().delete(head.id()));
            }
        }

        @Override
        void failed() {
            workshop.schedule().failSettle(claimed);
        }

        private void end(Batch batch) throws RocksDBException {
            ended = true;
            byte[] message = claimed.head().id().toBytes();
            batch.delete(Family.MESSAGES, message);
            if (!claimed.head().inFile()) {
                batch.delete(Family.CONTENT, message);
            }
        }
    }
}
