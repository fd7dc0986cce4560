package org.smtpproxy.queue.embedded;

import java.nio.file.Path;

import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.queue.QueueContract;
import org.smtpproxy.queue.encryption.MasterKey;

/** The contract, with memory enough for everything. */
class EmbeddedSpoolTest extends QueueContract {
    @TempDir
    Path folder;

    private final MasterKey key = MasterKey.generate();

    SpoolOptions options() {
        return SpoolOptions.at(folder.resolve("spool"), key)
                .withMinimumFreeBytes(0)
                .withLease(LEASE)
                .withClock(clock);
    }

    @Override
    protected void open() throws Exception {
        EmbeddedSpool spool = EmbeddedSpool.open(options());
        queue = spool;
        events = spool;
    }
}
