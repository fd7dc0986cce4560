package org.smtpproxy.queue.embedded;

import java.util.concurrent.CompletableFuture;

import org.rocksdb.RocksDBException;

/**
 * A state change on its way through {@link GroupCommit}. What takes time, encoding and encryption, is done before it is
 * submitted; the writer thread only adds its rows to a batch.
 */
abstract class Change {
    private final int bytes;
    private final CompletableFuture<Void> done = new CompletableFuture<>();

    /** @param bytes about how much it writes */
    Change(int bytes) {
        this.bytes = bytes;
    }

    final int bytes() {
        return bytes;
    }

    final CompletableFuture<Void> done() {
        return done;
    }

    /** Adds its rows, on the writer thread. */
    abstract void addTo(Batch batch) throws RocksDBException;

    /** It is on disk: what follows in memory, on the writer thread, in the order of the commits. */
    void committed() {}

    /** It may or may not be on disk; on the writer thread, before the store is closed. */
    void failed() {}
}
