package org.smtpproxy.store;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.store.StoredSecret.Kind;

import static org.assertj.core.api.Assertions.assertThat;

@Timeout(60)
class EpochTest {
    private static final int WRITERS = 4;
    private static final int CHANGES = 25;

    private Database database;
    private ConfigurationStore configuration;
    private CredentialStore credentials;

    @BeforeEach
    void open() {
        database = Database.open(TestDatabase.migrated());
        ConfigurationCheck check = state -> List.of();
        configuration = new ConfigurationStore(database.transactions(), new FixedKeyCodec(), check);
        credentials = new CredentialStore(database.transactions(), new FixedKeyCodec(), check);
        for (int i = 0; i < WRITERS; i++) {
            configuration.apply(States.of("tenants: [{id: t" + i + "}]"), false, false);
        }
    }

    @AfterEach
    void close() {
        database.close();
    }

    /** Who follows the epochs sees the change of each one at the moment it sees the epoch. */
    @Test
    void catchingUpSkipsNoChange() {
        long known = configuration.epoch();
        CompletableFuture<?>[] writers = new CompletableFuture<?>[WRITERS];
        for (int i = 0; i < WRITERS; i++) {
            TenantId tenant = new TenantId("t" + i);
            writers[i] = CompletableFuture.runAsync(() -> {
                for (int change = 0; change < CHANGES; change++) {
                    create(tenant, tenant + "-" + change);
                }
            });
        }
        CompletableFuture<Void> all = CompletableFuture.allOf(writers);
        long last = known + WRITERS * CHANGES;
        Set<String> seen = new HashSet<>();
        while (known < last) {
            boolean written = all.isDone();
            ConfigurationChanges changes = configuration.changesSince(known);
            Set<String> now = new HashSet<>();
            long read = configuration.read(
                    changes.tenants(),
                    shared -> {},
                    tenant -> tenant.credentials().forEach(one -> now.add(one.username())));
            assertThat(read).isGreaterThanOrEqualTo(changes.epoch());
            seen.addAll(now);
            assertThat((long) seen.size()).isGreaterThanOrEqualTo(changes.epoch() - (last - WRITERS * CHANGES));
            known = changes.epoch();
            assertThat(written && known < last).isFalse();
        }
        all.join();
        assertThat(seen).hasSize(WRITERS * CHANGES);
    }

    @Test
    void theFeedTellsOfChangesAndCommands() throws InterruptedException {
        NodeStore nodes = new NodeStore(database.transactions());
        nodes.report(new NodeStatus("n1", List.of(), 0, "", "{}", Instant.EPOCH, Instant.EPOCH));
        Heard heard = new Heard();
        try (EpochFeed feed = EpochFeed.start(database, "n1", 0, heard)) {
            assertThat(heard.nextEpoch()).isEqualTo(WRITERS);
            heard.nextCommands();
            long began = System.nanoTime();
            create(new TenantId("t0"), "a");
            assertThat(heard.nextEpoch()).isEqualTo(WRITERS + 1);
            System.out.println("change to notification us: " + (System.nanoTime() - began) / 1000);
            nodes.ask("n1", "suspend", "{}", "admin");
            heard.nextCommands();
        }
    }

    @Test
    void theFeedCatchesUpAfterItsConnectionWasLost() throws InterruptedException {
        Heard heard = new Heard();
        try (EpochFeed feed = EpochFeed.start(database, "n1", WRITERS, heard)) {
            heard.nextCommands();
            database.transactions().forAll(sql -> {
                ConfigurationLock.lock(sql);
                long gone = sql.sql("""
                                select count(pg_terminate_backend(pid)) from pg_stat_activity
                                where datname = current_database() and pid <> pg_backend_pid()
                                and query = 'select epoch from config_epoch' and state = 'idle'
                                """).query(Long.class).single();
                assertThat(gone).isPositive();
                return ConfigurationLock.record(sql, "test", List.of("t0"));
            });
            assertThat(heard.nextEpoch()).isEqualTo(WRITERS + 1);
            create(new TenantId("t0"), "a");
            assertThat(heard.nextEpoch()).isEqualTo(WRITERS + 2);
        }
    }

    private void create(TenantId tenant, String username) {
        assertThat(credentials.create(tenant, username, new StoredSecret(Kind.KEYED, "x")))
                .isInstanceOf(Outcome.Done.class);
    }

    private static final class Heard implements EpochFeed.Listener {
        private final BlockingQueue<Long> epochs = new LinkedBlockingQueue<>();
        private final BlockingQueue<Boolean> commands = new LinkedBlockingQueue<>();

        @Override
        public void epoch(long epoch) {
            epochs.add(epoch);
        }

        @Override
        public void commands() {
            commands.add(true);
        }

        long nextEpoch() throws InterruptedException {
            return Optional.ofNullable(epochs.poll(30, TimeUnit.SECONDS)).orElse(-1L);
        }

        void nextCommands() throws InterruptedException {
            assertThat(commands.poll(30, TimeUnit.SECONDS)).isTrue();
        }
    }
}
