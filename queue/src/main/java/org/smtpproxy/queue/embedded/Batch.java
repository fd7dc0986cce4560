package org.smtpproxy.queue.embedded;

import java.util.HashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.smtpproxy.mail.MessageId;

/**
 * The writes of one group commit. Rows are written once and deleted once, so that a put and its deletion vanish
 * together when they meet in a flush; a row that changes is deleted first. Used by the writer thread.
 */
final class Batch implements AutoCloseable {
    private final Store store;
    private final WriteBatch writes = new WriteBatch();
    private final Map<MessageId, byte[]> messageRows = new HashMap<>();

    Batch(Store store) {
        this.store = store;
    }

    void put(Family family, byte[] key, byte[] value) throws RocksDBException {
        writes.put(store.handle(family), key, value);
    }

    void delete(Family family, byte[] key) throws RocksDBException {
        writes.singleDelete(store.handle(family), key);
    }

    /** Replaces a value of a family that isn't only written once: the few rows of META. */
    void overwrite(byte[] key, byte[] value) throws RocksDBException {
        writes.put(store.handle(Family.META), key, value);
    }

    void deleteRange(Family family, byte[] from, byte[] below) throws RocksDBException {
        writes.deleteRange(store.handle(family), from, below);
    }

    /** A message's row as it is after the writes before; null when it isn't there. */
    byte @Nullable [] messageRow(MessageId message) {
        byte[] pending = messageRows.get(message);
        return pending != null
                ? pending
                : store.read(open -> open.find(Family.MESSAGES, message.toBytes()))
                        .orElse(null);
    }

    void replaceMessageRow(MessageId message, byte[] row) throws RocksDBException {
        byte[] key = message.toBytes();
        delete(Family.MESSAGES, key);
        put(Family.MESSAGES, key, row);
        messageRows.put(message, row);
    }

    long bytes() {
        return writes.getDataSize();
    }

    void write() throws RocksDBException {
        store.write(writes);
    }

    @Override
    public void close() {
        writes.close();
    }
}
