package org.smtpproxy.providers.capture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What an account keeps for one tenant, which only that tenant's mail can displace: beyond either bound the oldest
 * messages go. The newest stays, also where it alone is beyond the bound on octets.
 */
final class KeptMessages {
    private final Path folder;
    private final int maxMessages;
    private final long maxBytes;
    private final ReentrantLock lock = new ReentrantLock();
    /** File sizes by name and thus by age. */
    private final TreeMap<String, Long> sizes = new TreeMap<>();

    private long bytes;
    private boolean counted;

    KeptMessages(Path folder, int maxMessages, long maxBytes) {
        this.folder = folder;
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
    }

    /** Counts a message that lies in the folder, and makes room. */
    void add(String name) throws IOException {
        lock.lock();
        try {
            if (!counted) {
                for (Path file : CaptureFolder.messages(folder)) {
                    count(CaptureFolder.name(file));
                }
                counted = true;
            }
            count(name);
            while (sizes.size() > maxMessages || (bytes > maxBytes && sizes.size() > 1)) {
                Map.Entry<String, Long> oldest = sizes.firstEntry();
                Files.deleteIfExists(folder.resolve(oldest.getKey()));
                forget(oldest.getKey());
            }
        } finally {
            lock.unlock();
        }
    }

    private void count(String name) throws IOException {
        forget(name);
        try {
            long size = Files.size(folder.resolve(name));
            sizes.put(name, size);
            bytes += size;
        } catch (NoSuchFileException e) {
            // The same account before a change of its settings is still at work, and was quicker.
        }
    }

    private void forget(String name) {
        Long size = sizes.remove(name);
        if (size != null) {
            bytes -= size;
        }
    }
}
