package org.smtpproxy.store.postgres;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.smtpproxy.mail.Secret;

/**
 * A data folder of PostgreSQL and the programs that work on it. Programs are started inside the data folder and find
 * it as their working directory: so the account they run as needs no way through the folders above, which belong to
 * us or are root's own.
 */
final class Cluster {
    static final String OWNER = "smtp_proxy";

    /** The working directory by a name that PostgreSQL takes for absolute. */
    private static final String HERE = "/proc/self/cwd";

    private static final long LARGEST_LOG = 8L << 20;
    private static final int TIMEOUT_SECONDS = 300;

    private final Path folder;
    private final Path data;
    private final Path binaries;
    private final ServerUser user;

    private Cluster(Path folder, Path binaries, ServerUser user) {
        this.folder = folder;
        this.data = folder.resolve("data");
        this.binaries = binaries;
        this.user = user;
    }

    /** @param folder ours alone; made if missing */
    static Cluster in(Path folder) throws IOException {
        Path absolute = folder.toAbsolutePath().normalize();
        Files.createDirectories(absolute);
        // The account that PostgreSQL runs as comes in here, but no further than to what belongs to it.
        Files.setPosixFilePermissions(absolute, PosixFilePermissions.fromString("rwx--x--x"));
        ServerUser user = ServerUser.current();
        return new Cluster(absolute, PostgresBinaries.unpack(placeOfBinaries(absolute, user)), user);
    }

    /** Programs can't be started from where their user can't look. They are the same everywhere and hold no data. */
    private static Path placeOfBinaries(Path folder, ServerUser user) throws IOException {
        if (user.reaches(folder)) {
            return folder;
        }
        Path shared = Path.of("/var/lib/smtp-proxy/postgres");
        try {
            Files.createDirectories(
                    shared, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        } catch (IOException e) {
            throw unreachable(folder, user, e);
        }
        if (!user.reaches(shared)) {
            throw unreachable(folder, user, null);
        }
        return shared;
    }

    private static IOException unreachable(
            Path folder, ServerUser user, @org.jspecify.annotations.Nullable IOException cause) {
        String name = user.account().map(ServerUser.Account::name).orElse("");
        return new IOException(
                "PostgreSQL runs as " + name + ", who can't enter " + folder
                        + " (a folder above it is closed to others),"
                        + " and /var/lib/smtp-proxy can't take its programs: choose another --data, start smtp-proxy as an"
                        + " ordinary user, or give --database-url",
                cause);
    }

    /** Makes the data folder if it isn't there. */
    void initialize(Secret password) throws IOException, InterruptedException {
        Path version = data.resolve("PG_VERSION");
        if (Files.exists(version)) {
            String major = Files.readString(version).trim();
            if (!major.equals(PostgresBinaries.MAJOR)) {
                throw new IOException(
                        "the data in " + data + " is of PostgreSQL " + major + ", this version of smtp-proxy" + " has "
                                + PostgresBinaries.MAJOR + ": docs/database.md says how to move it");
            }
            return;
        }
        Path making = folder.resolve("data.new");
        if (Files.exists(making)) {
            PostgresBinaries.delete(making);
        }
        Files.createDirectory(
                making, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        user.own(making);
        Path passwordFile = folder.resolve("password.new");
        Files.deleteIfExists(passwordFile);
        Files.createFile(
                passwordFile, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            user.own(passwordFile);
            Files.writeString(passwordFile, password.reveal() + "\n");
            run(
                    making,
                    "initdb",
                    "--pgdata=" + HERE,
                    "--username=" + OWNER,
                    "--pwfile=../" + passwordFile.getFileName(),
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions");
        } finally {
            Files.deleteIfExists(passwordFile);
        }
        Files.move(making, data, StandardCopyOption.ATOMIC_MOVE);
    }

    Path data() {
        return data;
    }

    /** Starts the server; it lives on when this process dies, and hears no Ctrl-C of its terminal. */
    Process launch(int port) throws IOException {
        Path log = folder.resolve("postgres.log");
        if (Files.exists(log) && Files.size(log) > LARGEST_LOG) {
            Files.move(log, folder.resolve("postgres.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        List<String> command = new ArrayList<>(List.of("setsid"));
        command.addAll(server(port));
        return process(data, command)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    /** The command line of a server, as the system shows it. */
    List<String> server(int port) {
        List<String> command = new ArrayList<>(List.of(program("postgres"), "-D", HERE, "-p", Integer.toString(port)));
        for (String setting : List.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "max_connections=60",
                "shared_buffers=32MB",
                "work_mem=8MB",
                "maintenance_work_mem=64MB",
                "max_wal_size=256MB",
                "fsync=on",
                "full_page_writes=on",
                "synchronous_commit=on",
                "io_method=sync",
                "max_parallel_workers_per_gather=0",
                "jit=off",
                "log_checkpoints=off",
                "password_encryption=scram-sha-256")) {
            command.add("-c");
            command.add(setting);
        }
        return command;
    }

    /** @param mode {@code fast} rolls back what runs, {@code immediate} recovers at the next start */
    void stop(String mode) throws IOException, InterruptedException {
        run(data, "pg_ctl", "stop", "--pgdata=" + HERE, "--mode=" + mode, "--wait", "--timeout=" + TIMEOUT_SECONDS);
    }

    /** The end of the server's log, to go with an error. */
    String lastWords() {
        try {
            List<String> lines = Files.readAllLines(folder.resolve("postgres.log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        } catch (IOException e) {
            return "(there is no log: " + e.getMessage() + ")";
        }
    }

    private void run(Path directory, String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program(program)));
        command.addAll(List.of(arguments));
        Process process = process(directory, command).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (!process.waitFor(TIMEOUT_SECONDS + 10L, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IOException(program + " of the embedded PostgreSQL failed: " + output.trim());
        }
    }

    /** Nothing of our environment goes along: it may have secrets. */
    private ProcessBuilder process(Path directory, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(user.command(command))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        String path = builder.environment().getOrDefault("PATH", "/usr/bin:/bin");
        builder.environment().clear();
        builder.environment().put("PATH", path);
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("TZ", "UTC");
        return builder;
    }

    private String program(String name) {
        return binaries.resolve("bin").resolve(name).toString();
    }
}
