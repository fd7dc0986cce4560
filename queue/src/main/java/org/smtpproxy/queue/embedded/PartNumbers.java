package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;

import org.rocksdb.RocksDBException;
import org.smtpproxy.queue.QueueUnavailableException;

/**
 * Numbers for parts that are split off, never given twice. A stretch of them is reserved on disk; what is left of it
 * when the process ends is skipped.
 */
final class PartNumbers {
    private static final int STRETCH = 1 << 20;
    private static final byte[] KEY = "part-numbers".getBytes(StandardCharsets.US_ASCII);

    private final GroupCommit writer;
    private long next;
    private long reserved;

    PartNumbers(GroupCommit writer) {
        this.writer = writer;
    }

    /** Reserves the first stretch, before the writer starts. */
    synchronized void open(Store store) throws RocksDBException {
        byte[] before = store.get(Family.META, KEY);
        next = before == null ? 1 : new Decoder(before).fixed();
        reserved = next + STRETCH;
        try (Batch batch = new Batch(store)) {
            batch.overwrite(KEY, new Encoder(8).fixed(reserved).toBytes());
            batch.write();
        }
    }

    /** The next number. Once in a million it waits for the disk. */
    synchronized long next() {
        if (next == reserved) {
            long more = reserved + STRETCH;
            reserve(more);
            reserved = more;
        }
        return next++;
    }

    private void reserve(long more) {
        try {
            writer.submit(new Change(8) {
                        @Override
                        void addTo(Batch batch) throws RocksDBException {
                            batch.overwrite(KEY, new Encoder(8).fixed(more).toBytes());
                        }
                    })
                    .join();
        } catch (CompletionException e) {
            throw new QueueUnavailableException("no part can be split now", e);
        }
    }
}
