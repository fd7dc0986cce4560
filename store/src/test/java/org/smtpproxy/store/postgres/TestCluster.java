package org.smtpproxy.store.postgres;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.stream.Stream;

import org.smtpproxy.mail.Secret;

/** Data folders without waiting for initdb, which syncs a thousand files: copies of one that was made once. */
public final class TestCluster {
    public static final Secret PASSWORD = new Secret("correct horse");

    private static final Path EMPTY = makeEmpty();

    private TestCluster() {}

    /** A data folder as after the first start. */
    static void copyTo(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        copy(EMPTY.resolve("data"), folder.resolve("data"));
    }

    public static EmbeddedPostgres start(Path folder) throws IOException, InterruptedException {
        copyTo(folder);
        return EmbeddedPostgres.start(folder, PASSWORD);
    }

    /**
     * A standby that follows a running server, made the way a base backup is.
     *
     * @param from the folder that the primary was started with
     */
    public static EmbeddedPostgres startStandby(EmbeddedPostgres primary, Path from, Path to)
            throws IOException, InterruptedException, SQLException {
        Files.createDirectories(to);
        Path data = to.resolve("data");
        try (Connection connection = connect(primary);
                Statement sql = connection.createStatement()) {
            sql.execute("select pg_backup_start('standby', true)");
            copy(from.resolve("data"), data);
            try (ResultSet rows = sql.executeQuery("select labelfile from pg_backup_stop(false)")) {
                rows.next();
                Files.writeString(data.resolve("backup_label"), rows.getString(1));
            }
        }
        Files.delete(data.resolve("postmaster.pid"));
        Files.createFile(data.resolve("standby.signal"));
        Files.writeString(
                data.resolve("postgresql.auto.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=%s user=%s password=''%s'''%n"
                        .formatted(
                                primary.jdbcUrl().replaceAll(".*:(\\d+)/.*", "$1"), primary.owner(), "correct horse"),
                StandardOpenOption.APPEND);
        ServerUser user = ServerUser.current();
        user.own(data.resolve("backup_label"));
        user.own(data.resolve("standby.signal"));
        return EmbeddedPostgres.start(to, PASSWORD);
    }

    public static Connection connect(EmbeddedPostgres postgres) throws SQLException {
        return DriverManager.getConnection(postgres.jdbcUrl(), postgres.owner(), PASSWORD.reveal());
    }

    public static void execute(EmbeddedPostgres postgres, String statement) throws SQLException {
        try (Connection connection = connect(postgres);
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        }
    }

    /** With owners and permissions. */
    private static void copy(Path from, Path to) throws IOException, InterruptedException {
        int status = new ProcessBuilder("cp", "-a", from.toString(), to.toString())
                .inheritIO()
                .start()
                .waitFor();
        // A running server removes files while it is copied, which a backup may do without.
        if (status != 0 && !Files.exists(to.resolve("PG_VERSION"))) {
            throw new IOException("no copy of " + from);
        }
    }

    private static Path makeEmpty() {
        try {
            Path folder = Files.createTempDirectory("empty-cluster");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
            EmbeddedPostgres.start(folder, PASSWORD).close();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Without the checkpoint of an orderly end: nobody wants the data again. */
    public static void discard(EmbeddedPostgres postgres, Path folder) {
        try {
            postgres.unwatch();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        ProcessHandle.of(postgres.pid()).ifPresent(ProcessHandle::destroyForcibly);
        delete(folder);
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
