package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What RocksDB wrote about the damage it passed over when it was opened. */
final class RecoveryReport {
    private RecoveryReport() {}

    /** Lines of the log that RocksDB begins with every opening. */
    static List<String> read(Path databaseFolder) throws IOException {
        try (Stream<String> lines = Files.lines(databaseFolder.resolve("LOG"))) {
            return lines.filter(line -> line.contains("dropping ") || line.contains("Point in time recovered"))
                    .toList();
        }
    }
}
