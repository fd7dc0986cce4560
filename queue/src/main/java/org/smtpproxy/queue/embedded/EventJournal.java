package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.queue.EventLog;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MessageKey;

/**
 * The event log. The events of one state change are one row, keyed by the sequence number of the first. Each row tells
 * how many octets were ever logged with it, so that the log's size is a difference of two rows. The log is cut behind
 * the slowest consumer; while nobody consumes, the newest events within the budget are kept.
 */
final class EventJournal implements EventLog {
    private static final String CONSUMER = "consumer/";
    private static final byte[] CONTEXT = "e".getBytes(StandardCharsets.US_ASCII);
    private static final int FORMAT = 1;
    /** Cutting in large strides keeps the number of range deletions low. */
    private static final int STRIDES = 16;

    private static final int FEWEST_CUT = 1_000;

    /** Events on their way into the log, sealed already. */
    record Draft(int count, List<byte[]> sealed) {
        static final Draft NONE = new Draft(0, List.of());
    }

    /** A row's place in the log: its first sequence number, and the octets logged up to its end. */
    private record Mark(long sequence, long octets) {}

    private final long budget;
    private final Reads reads;
    private final GroupCommit writer;
    private final TenantKeys keys;
    private final ConcurrentMap<String, Long> consumers = new ConcurrentHashMap<>();
    private final AtomicBoolean cutting = new AtomicBoolean();
    private volatile Mark oldest = new Mark(1, 0);
    private volatile Mark newest = new Mark(0, 0);
    private Mark next = new Mark(1, 0);

    EventJournal(long budget, Reads reads, GroupCommit writer, TenantKeys keys) {
        this.budget = budget;
        this.reads = reads;
        this.writer = writer;
        this.keys = keys;
    }

    /** Finds the ends of the log; before the writer starts, or on its thread. */
    void open(Store store) throws RocksDBException {
        try (RocksIterator at = store.iterator(Family.EVENTS)) {
            at.seekToLast();
            if (at.isValid()) {
                Mark last = mark(at);
                next = new Mark(last.sequence() + count(at.value()), last.octets());
                newest = new Mark(next.sequence() - 1, next.octets());
                at.seekToFirst();
                oldest = mark(at);
            }
            at.status();
        }
        byte[] below = (CONSUMER + "\uffff").getBytes(StandardCharsets.UTF_8);
        store.scan(Family.META, CONSUMER.getBytes(StandardCharsets.UTF_8), below, at -> {
            String consumer = new String(at.key(), StandardCharsets.UTF_8).substring(CONSUMER.length());
            consumers.put(consumer, new Decoder(at.value()).fixed());
            return true;
        });
    }

    Draft draft(List<DeliveryEvent> events, MessageKey key) {
        if (events.isEmpty()) {
            return Draft.NONE;
        }
        DeliveryEvent first = events.getFirst();
        Encoder clear = new Encoder(96).text(first.tenant().value());
        clear.fixed(first.id().high()).fixed(first.id().low());
        Encoder fields = new Encoder(128 * events.size());
        for (DeliveryEvent event : events) {
            if (!event.id().equals(first.id()) || !event.tenant().equals(first.tenant())) {
                throw new IllegalArgumentException("the events of a state change are about one message");
            }
            EventFields.encode(event, fields);
        }
        return new Draft(
                events.size(),
                List.of(clear.raw(key.seal(CONTEXT, fields.toBytes())).toBytes()));
    }

    /** Adds to a batch, on the writer thread; sequence numbers are given here. Returns the first of them. */
    long append(Draft draft, Batch batch) throws RocksDBException {
        long first = next.sequence();
        for (byte[] sealed : draft.sealed()) {
            long octets = next.octets() + sealed.length;
            byte[] row = new Encoder(sealed.length + 20)
                    .octet(FORMAT)
                    .number(draft.count())
                    .fixed(octets)
                    .raw(sealed)
                    .toBytes();
            batch.put(Family.EVENTS, key(next.sequence()), row);
            next = new Mark(next.sequence() + draft.count(), octets);
        }
        return first;
    }

    /** Removes what {@link #append} added to a batch that failed and is on disk all the same. */
    void takeBack(long first, Draft draft, Batch batch) throws RocksDBException {
        if (draft.count() > 0) {
            batch.delete(Family.EVENTS, key(first));
        }
    }

    /** What was appended is durable; on the writer thread. */
    void committed() {
        newest = new Mark(next.sequence() - 1, next.octets());
    }

    @Override
    public List<Entry> read(long after, int limit) {
        long last = newest.sequence();
        if (after >= last) {
            return List.of();
        }
        List<Map.Entry<Long, byte[]>> rows = reads.read(store -> rows(store, after, limit));
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<Long, byte[]> row : rows) {
            long sequence = row.getKey();
            for (DeliveryEvent event : decode(row.getValue())) {
                // Behind the last there may be those of a batch that failed, until they are taken back.
                if (sequence > after && sequence <= last && entries.size() < limit) {
                    entries.add(new Entry(sequence, event));
                }
                sequence++;
            }
        }
        return entries;
    }

    @Override
    public void acknowledge(String consumer, long sequence) {
        long passed = consumers.merge(consumer, sequence, Math::max);
        byte[] row = (CONSUMER + consumer).getBytes(StandardCharsets.UTF_8);
        var _ = writer.submit(new Change(row.length) {
            @Override
            void addTo(Batch batch) throws RocksDBException {
                batch.overwrite(row, key(passed));
            }
        });
    }

    @Override
    public long acknowledged(String consumer) {
        return consumers.getOrDefault(consumer, 0L);
    }

    /** Someone has to read before more can be logged. */
    boolean isFull() {
        return !consumers.isEmpty() && octets() >= budget;
    }

    boolean isNearlyFull() {
        return !consumers.isEmpty() && octets() >= budget / 10 * 9;
    }

    long octets() {
        return newest.octets() - oldest.octets();
    }

    /** Cuts what is no longer needed, when that is worth a stride. */
    void cutWhenDue() {
        boolean due = consumers.isEmpty()
                ? octets() > budget
                : passedByAll() - oldest.sequence()
                        > Math.max(FEWEST_CUT, (newest.sequence() - oldest.sequence()) / STRIDES);
        if (due && cutting.compareAndSet(false, true)) {
            var _ = reads.submit(this::cut)
                    .thenCompose(this::cutTo)
                    .whenComplete((done, failure) -> cutting.set(false));
        }
    }

    private Optional<Mark> cut(Store store) throws RocksDBException {
        return consumers.isEmpty() ? endOverBudget(store) : endBehind(store, passedByAll());
    }

    private CompletableFuture<Void> cutTo(Optional<Mark> found) {
        Mark end = found.orElse(oldest);
        if (end.sequence() <= oldest.sequence()) {
            return CompletableFuture.completedFuture(null);
        }
        byte[] from = key(oldest.sequence());
        byte[] below = key(end.sequence());
        return writer.submit(new Change(from.length) {
            @Override
            void addTo(Batch batch) throws RocksDBException {
                batch.deleteRange(Family.EVENTS, from, below);
            }

            @Override
            void committed() {
                oldest = end;
            }
        });
    }

    /** The first row to keep when everything up to a sequence number was passed; the last row always stays. */
    private static Optional<Mark> endBehind(Store store, long passed) throws RocksDBException {
        try (RocksIterator at = store.iterator(Family.EVENTS)) {
            at.seekForPrev(key(passed));
            Optional<Mark> end = at.isValid() ? Optional.of(mark(at)) : Optional.empty();
            at.status();
            return end;
        }
    }

    /** The first row to keep so that a sixteenth of the budget is free again. */
    private Optional<Mark> endOverBudget(Store store) throws RocksDBException {
        long surplus = newest.octets() - (budget - budget / STRIDES);
        List<Mark> end = new ArrayList<>(1);
        store.scan(Family.EVENTS, key(oldest.sequence()), key(newest.sequence()), at -> {
            Mark mark = mark(at);
            if (mark.octets() >= surplus) {
                end.add(mark);
            }
            return end.isEmpty();
        });
        return end.stream().findFirst();
    }

    private long passedByAll() {
        return consumers.values().stream().mapToLong(Long::longValue).min().orElse(0);
    }

    private static List<Map.Entry<Long, byte[]>> rows(Store store, long after, int limit) throws RocksDBException {
        List<Map.Entry<Long, byte[]>> rows = new ArrayList<>();
        try (RocksIterator at = store.iterator(Family.EVENTS)) {
            // The row before may reach beyond.
            at.seekForPrev(key(after + 1));
            if (!at.isValid()) {
                at.seekToFirst();
            }
            for (long found = 0; at.isValid() && found < limit; at.next()) {
                byte[] row = at.value();
                long sequence = new Decoder(at.key()).fixed();
                rows.add(Map.entry(sequence, row));
                found += Math.clamp(sequence + count(row) - 1 - after, 0, count(row));
            }
            at.status();
        }
        return rows;
    }

    private List<DeliveryEvent> decode(byte[] row) {
        Decoder clear = new Decoder(row);
        clear.octet();
        int count = clear.smallNumber();
        clear.fixed();
        EventFields.Subject subject = EventFields.Subject.decode(clear);
        try {
            byte[] fields = keys.of(subject.tenant(), subject.message()).unseal(CONTEXT, clear.rest());
            return EventFields.decode(new Decoder(fields), subject, count);
        } catch (DamagedException e) {
            throw new QueueUnavailableException("an event of " + subject.message() + " is damaged", e);
        }
    }

    private static Mark mark(RocksIterator at) {
        Decoder clear = new Decoder(at.value());
        clear.octet();
        clear.number();
        return new Mark(new Decoder(at.key()).fixed(), clear.fixed());
    }

    private static int count(byte[] row) {
        return new Decoder(row, 1).smallNumber();
    }

    private static byte[] key(long sequence) {
        return new Encoder(8).fixed(sequence).toBytes();
    }
}
