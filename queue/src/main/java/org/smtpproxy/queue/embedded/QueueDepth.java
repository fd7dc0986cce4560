package org.smtpproxy.queue.embedded;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;

import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.queue.WaitReason;

/**
 * How many parts there are, by lane and reason, and how old they are. At the start one scan counts what is on disk while
 * the queue works already; changes are added and subtracted meanwhile, and the order of sums doesn't matter.
 */
final class QueueDepth {
    private static final int MERGE_EVERY = 10_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Lane, Count> counts = new HashMap<>();
    private volatile CompletableFuture<Long> counted = CompletableFuture.completedFuture(0L);

    /** Parts of a lane, by reason and by the time their message was accepted. */
    private static final class Count {
        private final Map<WaitReason, Ages> reasons = new EnumMap<>(WaitReason.class);

        void add(WaitingPart part, int times) {
            Ages ages = reasons.computeIfAbsent(part.reason(), reason -> new Ages());
            ages.add(part.receivedAt(), times);
            if (ages.isEmpty()) {
                reasons.remove(part.reason());
            }
        }

        boolean isEmpty() {
            return reasons.isEmpty();
        }

        Depth depth() {
            Map<WaitReason, Long> parts = new EnumMap<>(WaitReason.class);
            Map<WaitReason, Instant> oldest = new EnumMap<>(WaitReason.class);
            reasons.forEach((reason, ages) -> {
                parts.put(reason, ages.parts());
                oldest.put(reason, Instant.ofEpochMilli(ages.oldestMillis()));
            });
            return new Depth(parts, oldest);
        }
    }

    /**
     * Parts of a lane, leased ones among them.
     *
     * @param oldest when the oldest part's message was accepted, or up to ten seconds earlier
     */
    record Depth(Map<WaitReason, Long> parts, Map<WaitReason, Instant> oldest) {}

    /** Starts anew from what is on disk. Returns when the scan sees what it has to: from then on changes are told. */
    void recount(Reads reads) {
        locked(counts::clear);
        CompletableFuture<Void> began = new CompletableFuture<>();
        counted = reads.submit(store -> scan(store, began));
        var _ = counted.whenComplete((done, failure) -> began.complete(null));
        began.join();
    }

    void add(WaitingPart part) {
        locked(() -> count(part, 1));
    }

    void remove(WaitingPart part) {
        locked(() -> count(part, -1));
    }

    /** Waits for the scan. */
    Map<Lane, Depth> byLane() {
        counted.join();
        Map<Lane, Depth> depths = new HashMap<>();
        locked(() -> counts.forEach((lane, count) -> depths.put(lane, count.depth())));
        return depths;
    }

    private long scan(Store store, CompletableFuture<Void> began) throws RocksDBException {
        try (RocksIterator at = store.iterator(Family.DUE)) {
            began.complete(null);
            long found = 0;
            List<WaitingPart> parts = new ArrayList<>(MERGE_EVERY);
            for (at.seekToFirst(); at.isValid(); at.next()) {
                parts.add(WaitingPart.decode(at.key(), at.value()));
                found++;
                if (parts.size() == MERGE_EVERY) {
                    merge(parts);
                }
            }
            merge(parts);
            at.status();
            return found;
        }
    }

    private void merge(List<WaitingPart> parts) {
        locked(() -> parts.forEach(part -> count(part, 1)));
        parts.clear();
    }

    private void count(WaitingPart part, int times) {
        Count count = counts.computeIfAbsent(part.lane(), lane -> new Count());
        count.add(part, times);
        if (count.isEmpty()) {
            counts.remove(part.lane());
        }
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }
}
