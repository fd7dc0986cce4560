package org.smtpproxy.store;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.store.postgres.EmbeddedPostgres;
import org.smtpproxy.store.postgres.TestCluster;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/** A real standby of a real server, made from a copy of its data folder. */
@Timeout(120)
class ReplicaTest {
    @TempDir
    private Path temp;

    @Test
    void readsGoToTheReplicaWhileItIsFresh() throws Exception {
        try (EmbeddedPostgres primary = TestCluster.start(temp.resolve("primary"))) {
            DatabaseSettings alone = settings(primary, Optional.empty());
            Database.open(alone).close();
            try (EmbeddedPostgres standby =
                            TestCluster.startStandby(primary, temp.resolve("primary"), temp.resolve("standby"));
                    Database database = Database.open(settings(primary, Optional.of(standby.jdbcUrl())))) {
                Transactions transactions = database.transactions();
                await(() -> readsFromStandby(transactions));
                assertThat(transactions.<Boolean>forAll(ReplicaTest::inRecovery))
                        .isFalse();

                // It stops replaying and lags as soon as the primary goes on.
                TestCluster.execute(standby, "select pg_wal_replay_pause()");
                TestCluster.execute(primary, "create table more as select 1");
                await(() -> !readsFromStandby(transactions));
                TestCluster.execute(standby, "select pg_wal_replay_resume()");
                await(() -> readsFromStandby(transactions));

                standby.close();
                assertThat(readsFromStandby(transactions)).isFalse();
            }
        }
    }

    private static boolean readsFromStandby(Transactions transactions) {
        return transactions.readForAll(ReplicaTest::inRecovery);
    }

    private static boolean inRecovery(JdbcClient sql) {
        return sql.sql("select pg_is_in_recovery()").query(Boolean.class).single();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            Thread.sleep(Duration.ofMillis(50));
        }
    }

    private static DatabaseSettings settings(EmbeddedPostgres primary, Optional<String> replica) {
        return new DatabaseSettings(
                primary.jdbcUrl(),
                replica,
                new DatabaseSettings.Login(primary.owner(), TestCluster.PASSWORD),
                TestCluster.PASSWORD,
                "fingerprint",
                2);
    }
}
