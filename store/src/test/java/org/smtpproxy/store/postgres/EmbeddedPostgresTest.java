package org.smtpproxy.store.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.mail.Secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The real programs, each on a data folder of its own. As root, the temporary folder is closed to its account. */
@Timeout(120)
class EmbeddedPostgresTest {
    private static final Secret PASSWORD = TestCluster.PASSWORD;

    @TempDir
    private Path temp;

    @Test
    void keepsDataFromStartToStart() throws Exception {
        Path folder = temp.resolve("deep/er");
        long began = System.nanoTime();
        try (EmbeddedPostgres first = EmbeddedPostgres.start(folder, PASSWORD)) {
            System.out.println("first start ms: " + (System.nanoTime() - began) / 1_000_000);
            TestCluster.execute(first, "create table kept as select 42 as answer");
        }
        began = System.nanoTime();
        try (EmbeddedPostgres second = EmbeddedPostgres.start(folder, PASSWORD)) {
            System.out.println("later start ms: " + (System.nanoTime() - began) / 1_000_000);
            assertThat(query(second, "select answer from kept")).isEqualTo("42");
        }
        assertThat(folder.resolve("password.new")).doesNotExist();
    }

    @Test
    void isDurableAndClosedToOthers() throws Exception {
        TestCluster.copyTo(temp);
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(temp, PASSWORD)) {
            assertThat(query(postgres, "show fsync")).isEqualTo("on");
            assertThat(query(postgres, "show synchronous_commit")).isEqualTo("on");
            assertThat(query(postgres, "show full_page_writes")).isEqualTo("on");
            assertThat(query(postgres, "show listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(query(postgres, "show unix_socket_directories")).isEmpty();
            assertThat(query(postgres, "show server_encoding")).isEqualTo("UTF8");
            assertThat(query(postgres, "select count(*) from pg_hba_file_rules where auth_method <> 'scram-sha-256'"))
                    .isEqualTo("0");
            assertThatThrownBy(() -> DriverManager.getConnection(postgres.jdbcUrl(), postgres.owner(), "wrong"))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("password authentication failed");
            int uid = (int) Files.getAttribute(Path.of("/proc/" + postgres.pid()), "unix:uid");
            assertThat(uid).isNotZero();
        }
    }

    @Test
    void startsAgainAfterItWasKilled() throws Exception {
        TestCluster.copyTo(temp);
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(temp, PASSWORD)) {
            TestCluster.execute(postgres, "create table kept as select 42 as answer");
            long killed = postgres.pid();
            kill(killed);
            awaitNewPid(postgres, killed);
            assertThat(query(postgres, "select answer from kept")).isEqualTo("42");
        }
    }

    @Test
    void takesOverAServerThatAKilledProcessLeft() throws Exception {
        TestCluster.copyTo(temp);
        EmbeddedPostgres left = EmbeddedPostgres.start(temp, PASSWORD);
        try (EmbeddedPostgres next = EmbeddedPostgres.start(temp, PASSWORD)) {
            assertThat(next.pid()).isEqualTo(left.pid());
            assertThat(next.jdbcUrl()).isEqualTo(left.jdbcUrl());
            left.unwatch();
            kill(next.pid());
            awaitNewPid(next, left.pid());
            assertThat(query(next, "select 42")).isEqualTo("42");
        }
    }

    @Test
    void stopsAServerThatWasLeftAndDoesNotAnswer() throws Exception {
        TestCluster.copyTo(temp);
        EmbeddedPostgres left = EmbeddedPostgres.start(temp, PASSWORD);
        left.unwatch();
        TestCluster.execute(left, "alter role smtp_proxy nologin");
        assertThatThrownBy(() -> query(left, "select 1")).hasMessageContaining("not permitted to log in");
        try (EmbeddedPostgres next = EmbeddedPostgres.start(temp, PASSWORD)) {
            assertThat(next.pid()).isNotEqualTo(left.pid());
            assertThat(ProcessHandle.of(left.pid()).filter(ProcessHandle::isAlive))
                    .isEmpty();
        }
    }

    @Test
    void startsAtOnceAfterProcessAndServerWereKilled() throws Exception {
        TestCluster.copyTo(temp);
        EmbeddedPostgres left = EmbeddedPostgres.start(temp, PASSWORD);
        left.unwatch();
        TestCluster.execute(left, "create table kept as select 42 as answer");
        kill(left.pid());
        try (EmbeddedPostgres next = EmbeddedPostgres.start(temp, PASSWORD)) {
            assertThat(query(next, "select answer from kept")).isEqualTo("42");
        }
    }

    @Test
    void isNotStoppedByAnotherProcessWithTheOldProcessId() throws Exception {
        TestCluster.copyTo(temp);
        Path lock = temp.resolve("data/postmaster.pid");
        Files.writeString(lock, ProcessHandle.current().pid() + "\n/proc/self/cwd\n1\n1\n\n127.0.0.1\n0 0\nready\n");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(temp, PASSWORD)) {
            assertThat(query(postgres, "select 42")).isEqualTo("42");
        }
    }

    @Test
    void makesTheDataFolderAgainWhenMakingItWasCutOff() throws Exception {
        Files.createDirectories(temp.resolve("data.new/base"));
        Files.writeString(temp.resolve("data.new/PG_VERSION"), "18\n");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(temp, PASSWORD)) {
            assertThat(query(postgres, "select 42")).isEqualTo("42");
        }
    }

    @Test
    void refusesTheDataOfAnotherMajorVersion() throws Exception {
        Files.createDirectories(temp.resolve("data"));
        Files.writeString(temp.resolve("data/PG_VERSION"), "17\n");
        assertThatThrownBy(() -> EmbeddedPostgres.start(temp, PASSWORD))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is of PostgreSQL 17");
    }

    private static void kill(long pid) throws Exception {
        ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
        handle.destroyForcibly();
        handle.onExit().get(10, TimeUnit.SECONDS);
    }

    private static void awaitNewPid(EmbeddedPostgres postgres, long old) throws InterruptedException {
        while (postgres.pid() == old) {
            Thread.sleep(Duration.ofMillis(20));
        }
    }

    private static String query(EmbeddedPostgres postgres, String sql) throws SQLException {
        try (Connection connection = TestCluster.connect(postgres);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
