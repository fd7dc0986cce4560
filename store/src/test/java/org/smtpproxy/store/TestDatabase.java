package org.smtpproxy.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

import org.smtpproxy.mail.Secret;
import org.smtpproxy.store.postgres.EmbeddedPostgres;
import org.smtpproxy.store.postgres.TestCluster;

/** The embedded PostgreSQL, started once for all tests; each test class gets a database of its own in it. */
final class TestDatabase {
    static final Secret OWNER_PASSWORD = TestCluster.PASSWORD;
    static final Secret RUNTIME_PASSWORD = new Secret("runtime's");
    static final EmbeddedPostgres POSTGRES = start();

    private static final AtomicInteger NAMES = new AtomicInteger();

    private TestDatabase() {}

    /** An empty database. */
    static DatabaseSettings create() {
        String name = "test" + NAMES.incrementAndGet();
        asOwner(POSTGRES.jdbcUrl(), "create database " + name);
        return settings(name);
    }

    /** One with the schema and nothing else in it. */
    static DatabaseSettings migrated() {
        String name = "test" + NAMES.incrementAndGet();
        asOwner(POSTGRES.jdbcUrl(), "create database " + name + " template " + Template.PREPARED);
        return settings(name);
    }

    private static final class Template {
        static final String PREPARED = prepare("migrated");

        private static String prepare(String name) {
            asOwner(POSTGRES.jdbcUrl(), "create database " + name);
            Database.open(settings(name)).close();
            return name;
        }
    }

    private static DatabaseSettings settings(String name) {
        return new DatabaseSettings(
                POSTGRES.jdbcUrl().replaceAll("/postgres$", "/" + name),
                Optional.empty(),
                new DatabaseSettings.Login(POSTGRES.owner(), OWNER_PASSWORD),
                RUNTIME_PASSWORD,
                "fingerprint",
                8);
    }

    static void asOwner(String url, String statement) {
        try (Connection connection = DriverManager.getConnection(url, POSTGRES.owner(), OWNER_PASSWORD.reveal());
                Statement sql = connection.createStatement()) {
            sql.execute(statement);
        } catch (SQLException e) {
            throw new IllegalStateException(statement, e);
        }
    }

    private static EmbeddedPostgres start() {
        try {
            Path folder = Files.createTempDirectory("store-test");
            EmbeddedPostgres postgres = TestCluster.start(folder);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> TestCluster.discard(postgres, folder)));
            return postgres;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
