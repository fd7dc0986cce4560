package org.smtpproxy.queue.embedded;

import java.util.ArrayList;
import java.util.List;

import org.rocksdb.RocksDBException;

/** Rows that a change puts and deletes, made ready before the writer thread meets it. */
final class RowWrites {
    private interface Write {
        void addTo(Batch batch) throws RocksDBException;
    }

    private final List<Write> writes = new ArrayList<>(6);
    private final List<Write> reversals = new ArrayList<>(4);
    private int bytes;

    RowWrites put(Family family, byte[] key, byte[] value) {
        bytes += key.length + value.length;
        writes.add(batch -> batch.put(family, key, value));
        reversals.add(batch -> batch.delete(family, key));
        return this;
    }

    RowWrites delete(Family family, byte[] key) {
        bytes += key.length;
        writes.add(batch -> batch.delete(family, key));
        return this;
    }

    int bytes() {
        return bytes;
    }

    void addTo(Batch batch) throws RocksDBException {
        for (Write write : writes) {
            write.addTo(batch);
        }
    }

    /** Deletes what it put. */
    void takeBack(Batch batch) throws RocksDBException {
        for (Write reversal : reversals) {
            reversal.addTo(batch);
        }
    }
}
