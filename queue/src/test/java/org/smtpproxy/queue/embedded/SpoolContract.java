package org.smtpproxy.queue.embedded;

import java.nio.file.Path;

import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.queue.QueueContract;
import org.smtpproxy.queue.encryption.MasterKey;

/** The contract, kept by a spool in a temporary folder. */
abstract class SpoolContract extends QueueContract {
    @TempDir
    Path folder;

    final MasterKey key = MasterKey.generate();

    /** The options of this test's spool. */
    SpoolOptions options() {
        return SpoolOptions.at(folder.resolve("spool"), key)
                .withMinimumFreeBytes(0)
                .withLease(LEASE)
                .withClock(clock)
                .withUptime(clock::millis);
    }

    @Override
    protected void open() throws Exception {
        EmbeddedSpool spool = EmbeddedSpool.open(options());
        queue = spool;
        events = spool;
    }
}
