package org.smtpproxy.queue.embedded;

import org.rocksdb.RocksDBException;
import org.smtpproxy.queue.embedded.AttemptSlots.Attempt;

/** Turns attempts that a killed process left open into what the parts' rows tell, then frees the slots. */
final class InDoubt {
    private InDoubt() {}

    /** A slot whose part is gone or was rewritten since is of an attempt whose outcome is recorded. */
    static void mark(Store store, AttemptSlots slots) throws RocksDBException {
        try (Batch batch = new Batch(store)) {
            for (Attempt attempt : slots.leftOpen()) {
                byte[] key = PartState.key(attempt.part());
                byte[] row = store.get(Family.PARTS, key);
                if (row != null && PartState.revision(row) == attempt.revision()) {
                    batch.delete(Family.PARTS, key);
                    batch.put(Family.PARTS, key, PartState.withDoubt(row, attempt.account()));
                }
            }
            batch.write();
        }
        slots.clear();
    }
}
