package org.smtpproxy.testkit.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The checker's own record of what the program took responsibility for: one line a 250, on disk before the message
 * counts as acknowledged, so that not even a crash of the checker makes it forget a promise.
 */
final class Ledger implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final Set<Integer> outstanding = ConcurrentHashMap.newKeySet();

    Ledger(Path file) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    }

    synchronized void acknowledged(int number) throws IOException {
        var line = ByteBuffer.wrap((number + "\n").getBytes(StandardCharsets.US_ASCII));
        while (line.hasRemaining()) {
            channel.write(line);
        }
        channel.force(false);
        outstanding.add(number);
    }

    /**
     * How many acknowledged messages have not arrived yet. One that arrived without having been acknowledged makes up
     * for none of them.
     */
    int outstanding(Predicate<Integer> hasArrived) {
        outstanding.removeIf(hasArrived);
        return outstanding.size();
    }

    Set<Integer> read() throws IOException {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.map(Integer::valueOf).collect(Collectors.toCollection(HashSet::new));
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
