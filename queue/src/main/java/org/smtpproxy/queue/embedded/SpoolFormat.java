package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.encryption.MasterKey;

/**
 * Whether this program may open a spool: its format number and the fingerprint of the master key it was made with. A
 * change of the format gets a number and a step from the one before in {@link #check}.
 */
final class SpoolFormat {
    static final int CURRENT = 1;

    private static final byte[] FORMAT = key("format");
    private static final byte[] FINGERPRINT = key("fingerprint");
    private static final byte[] OPENED = key("opened");

    private SpoolFormat() {}

    /** Refuses a spool that isn't ours, marks a new one, and returns how often it was opened, this time included. */
    static long check(Store store, MasterKey master) throws RocksDBException {
        byte[] format = store.get(Family.META, FORMAT);
        byte[] fingerprint = store.get(Family.META, FINGERPRINT);
        try (Batch batch = new Batch(store)) {
            if (format == null) {
                batch.overwrite(FORMAT, new Encoder(8).fixed(CURRENT).toBytes());
                batch.overwrite(FINGERPRINT, master.fingerprint().getBytes(StandardCharsets.US_ASCII));
            } else {
                requireFormat(new Decoder(format).fixed());
                requireKey(fingerprint, master);
            }
            byte[] before = store.get(Family.META, OPENED);
            long opened = before == null ? 1 : new Decoder(before).fixed() + 1;
            batch.overwrite(OPENED, new Encoder(8).fixed(opened).toBytes());
            batch.write();
            return opened;
        }
    }

    private static void requireFormat(long format) {
        if (format > CURRENT) {
            throw new QueueUnavailableException("the spool was written by a newer version: its format is " + format
                    + ", this version knows formats up to " + CURRENT);
        }
        if (format < CURRENT) {
            throw new QueueUnavailableException("the spool's format " + format + " was never released");
        }
    }

    private static void requireKey(byte @Nullable [] fingerprint, MasterKey master) {
        String stored = fingerprint == null ? "none" : new String(fingerprint, StandardCharsets.US_ASCII);
        if (!stored.equals(master.fingerprint())) {
            throw new QueueUnavailableException("the spool was encrypted with another master key: its fingerprint is "
                    + stored + ", that of the given key is " + master.fingerprint());
        }
    }

    private static byte[] key(String name) {
        return name.getBytes(StandardCharsets.US_ASCII);
    }
}
