package org.smtpproxy.queue.embedded;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Reads {@link Family#DUE}, always between bounds, so that a lane's deleted rows cost nobody else. */
final class DueRows {
    /** A stretch of a lane's rows, and the row behind it. */
    record Stretch(List<WaitingPart> parts, @Nullable WaitingPart next) {}

    private DueRows() {}

    /** The first part of each lane: one seek a lane. */
    static List<WaitingPart> firstOfLanes(Store store) throws RocksDBException {
        List<WaitingPart> parts = new ArrayList<>();
        try (RocksIterator at = store.iterator(Family.DUE)) {
            at.seekToFirst();
            while (at.isValid()) {
                WaitingPart first = WaitingPart.decode(at.key(), at.value());
                parts.add(first);
                at.seek(WaitingPart.prefixBehind(first.lane()));
            }
            at.status();
        }
        return parts;
    }

    static Stretch stretch(Store store, WaitingPart from, int count) throws RocksDBException {
        List<WaitingPart> parts = new ArrayList<>();
        store.scan(Family.DUE, from.key(), WaitingPart.prefixBehind(from.lane()), at -> {
            parts.add(WaitingPart.decode(at.key(), at.value()));
            return parts.size() <= count;
        });
        return new Stretch(parts, parts.size() > count ? parts.removeLast() : null);
    }
}
