package org.smtpproxy.store.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What {@code postmaster.pid} says of the server that has the data folder, or had it before it was killed. */
record LockFile(long pid, int port, String status) {
    /** Empty when there is none, or one that is only half written. */
    static Optional<LockFile> read(Path cluster) throws IOException {
        List<String> lines;
        try {
            lines = Files.readAllLines(cluster.resolve("postmaster.pid"));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            long pid = Long.parseLong(lines.getFirst().trim());
            int port = lines.size() > 3 ? Integer.parseInt(lines.get(3).trim()) : 0;
            return Optional.of(
                    new LockFile(pid, port, lines.size() > 7 ? lines.get(7).trim() : "starting"));
        } catch (NumberFormatException | java.util.NoSuchElementException halfWritten) {
            return Optional.empty();
        }
    }

    /** A standby takes reads. */
    boolean isReady() {
        return status.equals("ready") || status.equals("standby");
    }

    /**
     * Whether the process is a PostgreSQL on this data folder. A process id alone says little: containers hand out the
     * same few again after every start.
     */
    boolean isServing(Path cluster) {
        Path process = Path.of("/proc/" + pid);
        try {
            Path program = Files.readSymbolicLink(process.resolve("exe")).getFileName();
            return program != null
                    && program.toString().startsWith("postgres")
                    && Files.isSameFile(process.resolve("cwd"), cluster);
        } catch (IOException gone) {
            return false;
        }
    }

    /** The command line that started the process. */
    List<String> command() throws IOException {
        return List.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0"));
    }
}
