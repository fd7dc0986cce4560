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

    /**
     * Adds its rows, on the writer thread. What it has to read it reads first: an {@link UnreadableException} fails this
     * change only, and nothing of it may be in the batch then.
     */
    abstract void addTo(Batch batch) throws RocksDBException;

    /** It is on disk: what follows in memory, on the writer thread, in the order of the commits. */
    void committed() {}

    /** It may or may not be on disk; on the writer thread, before the store is closed. */
    void failed() {}

    /** It surely isn't on disk. */
    void refused() {
        failed();
    }

    /**
     * Removes what was written of it if its batch failed and is on disk all the same; on the writer thread, in the store
     * that was opened again. For changes that were told to have failed and that nobody would repeat as the same.
     */
    void takeBack(Batch batch) throws RocksDBException {}
}
