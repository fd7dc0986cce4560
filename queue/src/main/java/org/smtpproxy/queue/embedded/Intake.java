package org.smtpproxy.queue.embedded;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.IncomingContent;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.RecipientState;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.queue.encryption.MessageKey;

/**
 * How messages get in. Encoding and encryption run on the caller's thread; a large body's file is synced before the
 * commit that reveals it.
 */
final class Intake {
    /** About what a fresh message takes in memory besides its content. */
    private static final int FRESH_COST = 512;

    private static final int FRESH_COST_OF_RECIPIENT = 160;

    private final Workshop workshop;
    private final ContentMemory memory;
    private final Clock clock;

    Intake(Workshop workshop, ContentMemory memory, Clock clock) {
        this.workshop = workshop;
        this.memory = memory;
        this.clock = clock;
    }

    IncomingContent receive(TenantId tenant, MessageId message) {
        return new Incoming(message, workshop.keys().of(tenant, message), memory, workshop.files());
    }

    CompletableFuture<Void> enqueue(NewMessage message) {
        if (!(message.content() instanceof Incoming incoming)) {
            throw new IllegalArgumentException("content of a message has to come from receive()");
        }
        incoming.take(message.id());
        Enqueue change = change(message, incoming);
        if (!incoming.isInFile()) {
            return workshop.writer().submit(change);
        }
        return workshop.reads()
                .sync(() -> workshop.files().sync(message.id()))
                .exceptionallyCompose(e -> {
                    change.refused();
                    return CompletableFuture.failedFuture(
                            new QueueUnavailableException("content can't be made durable: " + e.getMessage(), e));
                })
                .thenCompose(synced -> workshop.writer().submit(change));
    }

    private Enqueue change(NewMessage message, Incoming incoming) {
        Instant receivedAt = Instant.ofEpochMilli(message.receivedAt().toEpochMilli());
        MessageHead head = new MessageHead(
                message.id(),
                message.lane().tenant(),
                message.envelope().sender(),
                message.sessionId(),
                message.needs(),
                receivedAt,
                incoming.size(),
                incoming.isInFile());
        List<RecipientState> recipients = message.envelope().recipients().stream()
                .map(address -> new RecipientState(address, 0, Optional.empty()))
                .toList();
        PartState state = new PartState(new PartId(message.id(), 0), 0, true, Optional.empty(), recipients);
        MessageKey key = incoming.key();
        WaitingPart part = new WaitingPart(
                message.lane(),
                Math.min(receivedAt.toEpochMilli(), clock.millis()),
                state.id(),
                WaitReason.FRESH,
                receivedAt.toEpochMilli(),
                head.size(),
                fresh(new FreshMessage.Held(head, state, key, incoming.segments()), incoming));
        byte[] id = message.id().toBytes();
        RowWrites rows = new RowWrites()
                .put(Family.MESSAGES, id, head.encode(key))
                .put(Family.PARTS, PartState.key(state.id()), state.encode(key))
                .put(Family.DUE, part.key(), part.value());
        if (!incoming.isInFile()) {
            rows.put(Family.CONTENT, id, incoming.sealedContent());
        }
        return new Enqueue(rows, part, incoming.isInFile(), workshop.events().draft(message.events(), key));
    }

    /** Keeps what the first delivery needs, if there is room; the content's reservation is part of it from now on. */
    private @Nullable FreshMessage fresh(FreshMessage.Held held, Incoming incoming) {
        long more = FRESH_COST
                + (long) FRESH_COST_OF_RECIPIENT * held.part().recipients().size();
        if (memory.reserve(more)) {
            return new FreshMessage(memory, more + incoming.reserved(), held);
        }
        memory.release(incoming.reserved());
        return null;
    }

    /** A message, its part 0, its content and its events become durable together. */
    private final class Enqueue extends Change {
        private final RowWrites rows;
        private final WaitingPart part;
        private final boolean inFile;
        private final EventJournal.Draft draft;
        private long firstEvent;

        Enqueue(RowWrites rows, WaitingPart part, boolean inFile, EventJournal.Draft draft) {
            super(rows.bytes());
            this.rows = rows;
            this.part = part;
            this.inFile = inFile;
            this.draft = draft;
        }

        @Override
        void addTo(Batch batch) throws RocksDBException {
            rows.addTo(batch);
            firstEvent = workshop.events().append(draft, batch);
        }

        @Override
        void committed() {
            arrived();
            workshop.events().committed();
            workshop.depth().add(part);
            workshop.schedule().add(part);
        }

        /** A body's file stays until it is known, at the next opening, whether the row is there. */
        @Override
        void failed() {
            arrived();
            part.forgetContent();
        }

        @Override
        void refused() {
            if (inFile) {
                workshop.files().abandon(part.id().message());
            }
            failed();
        }

        /** Its client heard that it failed and sends it again: it would be delivered twice. */
        @Override
        void takeBack(Batch batch) throws RocksDBException {
            if (batch.messageRow(part.id().message()) != null) {
                rows.takeBack(batch);
                workshop.events().takeBack(firstEvent, draft, batch);
            }
        }

        private void arrived() {
            workshop.files().arrived(part.id().message());
            FreshMessage fresh = part.fresh();
            if (fresh != null) {
                memory.mayDrop(fresh);
            }
        }
    }
}
