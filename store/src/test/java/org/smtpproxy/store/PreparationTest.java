package org.smtpproxy.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.Secret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class PreparationTest {
    @Test
    void severalNodesStartAtOnce() throws Exception {
        DatabaseSettings settings = TestDatabase.create();
        List<Callable<Long>> starts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            starts.add(() -> {
                try (Database database = Database.open(settings)) {
                    return database.transactions()
                            .forAll(sql -> sql.sql("select epoch from config_epoch")
                                    .query(Long.class)
                                    .single());
                }
            });
        }
        try (ExecutorService nodes = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Long> node : nodes.invokeAll(starts)) {
                assertThat(node.get()).isZero();
            }
        }
    }

    @Test
    void aNewerSchemaStopsTheStart() {
        DatabaseSettings settings = TestDatabase.migrated();
        TestDatabase.asOwner(settings.url(), """
                insert into smtp_proxy.flyway_schema_history
                    (installed_rank, version, description, type, script, installed_by, execution_time, success)
                values (99, '99', 'later', 'SQL', 'V99__later.sql', 'test', 1, true)
                """);
        assertThatThrownBy(() -> Database.open(settings))
                .isInstanceOf(DatabaseRefusedException.class)
                .hasMessage("the database has schema version 99, which is newer than this version of smtp-proxy:"
                        + " start the newer version");
    }

    @Test
    void anotherMasterKeyStopsTheStart() {
        DatabaseSettings settings = TestDatabase.migrated();
        DatabaseSettings other = new DatabaseSettings(
                settings.url(), Optional.empty(), settings.owner(), settings.runtimePassword(), "another", 2);
        assertThatThrownBy(() -> Database.open(other))
                .isInstanceOf(DatabaseRefusedException.class)
                .hasMessageContaining("belongs to another master key")
                .hasMessageContaining("fingerprint")
                .hasMessageContaining("another");
    }

    @Test
    void aWrongPasswordOfTheOwnerIsSaidPlainly() {
        DatabaseSettings settings = TestDatabase.migrated();
        DatabaseSettings wrong = new DatabaseSettings(
                settings.url(),
                Optional.empty(),
                new DatabaseSettings.Login(settings.owner().user(), new Secret("wrong")),
                settings.runtimePassword(),
                "fingerprint",
                2);
        assertThatThrownBy(() -> Database.open(wrong))
                .isInstanceOf(DatabaseRefusedException.class)
                .hasMessageContaining("can't be reached as smtp_proxy");
    }

    /** As an administrator sets it up who gives the owner no right to make roles. */
    @Test
    void anOwnerWithoutRightsNeedsTheRolesMade() {
        String url = TestDatabase.create().url();
        TestDatabase.asOwner(url, "create role plain login password 'x'");
        TestDatabase.asOwner(url, "create schema smtp_proxy authorization plain");
        DatabaseSettings settings = new DatabaseSettings(
                url,
                Optional.empty(),
                new DatabaseSettings.Login("plain", new Secret("x")),
                new Secret("it's"),
                "fingerprint",
                2);
        assertThatThrownBy(() -> Database.open(settings))
                .isInstanceOf(DatabaseRefusedException.class)
                .hasMessageContaining("the role plain_runtime can't be made by plain: grant it CREATEROLE")
                .hasMessageNotContaining("it's");

        TestDatabase.asOwner(url, "create role plain_runtime login password 'it''s'");
        TestDatabase.asOwner(url, "create role plain_platform login bypassrls password 'it''s'");
        assertThatThrownBy(() -> Database.open(settings))
                .isInstanceOf(DatabaseRefusedException.class)
                .hasMessageContaining("bypasses row-level security");

        TestDatabase.asOwner(url, "alter role plain_platform nobypassrls");
        Database.open(settings).close();
    }

    @Test
    void aRoleWithAnotherPasswordGetsTheRightOne() {
        String url = TestDatabase.create().url();
        TestDatabase.asOwner(url, "create role changing login createrole password 'x'");
        TestDatabase.asOwner(url, "create schema smtp_proxy authorization changing");
        for (String password : List.of("first", "second")) {
            DatabaseSettings settings = new DatabaseSettings(
                    url,
                    Optional.empty(),
                    new DatabaseSettings.Login("changing", new Secret("x")),
                    new Secret(password),
                    "fingerprint",
                    2);
            try (Database database = Database.open(settings)) {
                assertThat(database.transactions()
                                .<String>forAll(sql -> sql.sql("select current_user")
                                        .query(String.class)
                                        .single()))
                        .isEqualTo("changing_platform");
            }
        }
    }
}
