package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.queue.QueueUnavailableException;

/**
 * Large content, sealed, one file a message, in 256 folders. A file is written while the message arrives and belongs to
 * nobody until the message's row is committed; files without a row are removed. When one can't be written, that is
 * trouble until a probe shows that the disk works again.
 */
final class BodyFiles {
    private static final Logger LOG = LoggerFactory.getLogger(BodyFiles.class);
    private static final int FOLDERS = 256;

    private final Path folder;
    private final Disk disk;
    private final Set<MessageId> arriving = ConcurrentHashMap.newKeySet();
    private volatile @Nullable String trouble;

    BodyFiles(Path folder) throws IOException {
        this.folder = folder;
        this.disk = new Disk(folder, 0);
        for (int i = 0; i < FOLDERS; i++) {
            Files.createDirectories(folder.resolve(name(i)));
        }
        syncFolder(folder);
    }

    /** A new file; the message is arriving until {@link #arrived} or {@link #abandon}. */
    FileChannel create(MessageId message) throws IOException {
        arriving.add(message);
        return FileChannel.open(path(message), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    /** Makes the file and its name durable. An error means that nothing is known about the file. */
    void sync(MessageId message) {
        Path path = path(message);
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            channel.force(true);
            syncFolder(path.resolveSibling("."));
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** Notes that a body can't be written or synced, and why. */
    QueueUnavailableException failed(IOException cause) {
        // The channel of a session that was interrupted says nothing about the disk.
        if (!(cause instanceof ClosedChannelException)) {
            if (trouble == null) {
                LOG.error("Large content can't be written; nothing is accepted until it can", cause);
            }
            trouble = "large content can't be written: " + cause.getMessage();
        }
        return new QueueUnavailableException("content can't be written: " + cause.getMessage(), cause);
    }

    /** Why bodies can't be written at the moment, or null. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** Looks whether the trouble is over. */
    void probe() {
        if (trouble == null) {
            return;
        }
        try {
            disk.probe();
            trouble = null;
            LOG.info("Large content can be written again");
        } catch (IOException e) {
            trouble = "large content can't be written: " + e.getMessage();
        }
    }

    /** Its row was committed, or may have been. */
    void arrived(MessageId message) {
        arriving.remove(message);
    }

    void abandon(MessageId message) {
        delete(message);
        arriving.remove(message);
    }

    InputStream open(MessageId message) throws IOException {
        return Files.newInputStream(path(message));
    }

    void delete(MessageId message) {
        try {
            Files.deleteIfExists(path(message));
        } catch (IOException e) {
            LOG.warn("The content of {} can't be deleted; the next start tries again", message, e);
        }
    }

    /** Files that no message is arriving into. */
    List<MessageId> settled() throws IOException {
        List<MessageId> messages = new ArrayList<>();
        for (int i = 0; i < FOLDERS; i++) {
            try (Stream<Path> files = Files.list(folder.resolve(name(i)))) {
                files.flatMap(file -> message(file).stream())
                        .filter(message -> !arriving.contains(message))
                        .forEach(messages::add);
            }
        }
        return messages;
    }

    private static Optional<MessageId> message(Path file) {
        try {
            return Optional.of(MessageId.parse(file.getFileName().toString()));
        } catch (IllegalArgumentException foreign) {
            LOG.warn("{} doesn't belong here and is left alone", file);
            return Optional.empty();
        }
    }

    private Path path(MessageId message) {
        return folder.resolve(name((int) (message.low() & 0xFF))).resolve(message.toString());
    }

    private static String name(int number) {
        return String.format(Locale.ROOT, "%02x", number);
    }

    static void syncFolder(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
