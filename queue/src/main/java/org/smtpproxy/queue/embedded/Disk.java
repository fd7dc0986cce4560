package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Whether the disk below a folder has room and keeps what is written to it. */
final class Disk {
    private static final int PROBE_BYTES = 64 * 1024;

    private final Path folder;
    private final long minimumFree;

    Disk(Path folder, long minimumFree) {
        this.folder = folder;
        this.minimumFree = minimumFree;
    }

    boolean isLow() {
        return free() < minimumFree;
    }

    String lowReason() {
        return "the disk of the spool is low: " + free() + " octets are free, " + minimumFree + " have to be";
    }

    /** Writes and syncs a file, or throws. It need not have more room than that: deliveries make room. */
    void probe() throws IOException {
        Path probe = folder.resolve("probe");
        try (FileChannel channel = FileChannel.open(
                probe, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer octets = ByteBuffer.allocate(PROBE_BYTES);
            while (octets.hasRemaining()) {
                channel.write(octets);
            }
            channel.force(true);
        } finally {
            Files.deleteIfExists(probe);
        }
    }

    private long free() {
        return folder.toFile().getUsableSpace();
    }
}
