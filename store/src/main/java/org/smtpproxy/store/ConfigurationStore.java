package org.smtpproxy.store;

import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.State;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The configuration as a whole: read by relays, tenant by tenant or completely, and brought to what a state file says.
 * References stay references, and passwords are the hashes that are stored.
 */
public final class ConfigurationStore {
    private static final int BATCH = 500;

    private final Transactions transactions;
    private final SecretCodec codec;
    private final ConfigurationCheck check;
    private final ConfigurationReader reader;

    public ConfigurationStore(Transactions transactions, SecretCodec codec, ConfigurationCheck check) {
        this.transactions = transactions;
        this.codec = codec;
        this.check = check;
        this.reader = new ConfigurationReader(codec);
    }

    public long epoch() {
        return transactions.snapshotForAll(ConfigurationStore::epoch);
    }

    /**
     * Everything as it was at one moment, a batch in memory at a time. Deleted tenants are among them until they are
     * purged.
     *
     * @return the epoch of that moment
     */
    public long read(Consumer<List<State.Provider>> shared, Consumer<ConfiguredTenant> tenant) {
        return transactions.snapshotForAll(sql -> {
            shared.accept(shared(sql));
            forEachBatch(sql, rows -> emit(rows, tenant));
            return epoch(sql);
        });
    }

    /** Those of the tenants that there still are, and the shared providers, at one moment. */
    public long read(
            Collection<TenantId> tenants, Consumer<List<State.Provider>> shared, Consumer<ConfiguredTenant> tenant) {
        return transactions.snapshotForAll(sql -> {
            shared.accept(shared(sql));
            Map<String, ConfigurationReader.Row> rows =
                    reader.tenants(sql, tenants.stream().map(TenantId::value).toList());
            emit(rows, tenant);
            return epoch(sql);
        });
    }

    /** What to read again after an epoch that was read before. */
    public ConfigurationChanges changesSince(long epoch) {
        return transactions.snapshotForAll(sql -> {
            Set<TenantId> tenants = new HashSet<>();
            boolean[] shared = new boolean[1];
            sql.sql("select distinct tenant_id from config_changes where epoch > ?")
                    .param(epoch)
                    .query(row -> {
                        String tenant = row.getString(1);
                        if (tenant == null) {
                            shared[0] = true;
                        } else {
                            tenants.add(new TenantId(tenant));
                        }
                    });
            long keptSince = sql.sql("select changes_kept_since from config_epoch")
                    .query(Long.class)
                    .single();
            return new ConfigurationChanges(epoch(sql), epoch < keptSince, tenants, shared[0]);
        });
    }

    /** Forgets changes that every node has long seen. */
    public void forgetChanges(long upToEpoch) {
        transactions.forAll(sql -> {
            sql.sql("update config_epoch set changes_kept_since = greatest(changes_kept_since, least(?, epoch))")
                    .param(upToEpoch)
                    .update();
            return sql.sql("delete from config_changes where epoch <= ?")
                    .param(upToEpoch)
                    .update();
        });
    }

    /**
     * The state as a file would have it, but for deleted tenants. Settings of providers are in it readable: mask them
     * before anyone sees it.
     */
    public State state() {
        return transactions.snapshotForAll(sql -> {
            Map<String, Documents.Tenant> tenants = new LinkedHashMap<>();
            forEachBatch(
                    sql,
                    rows -> rows.values().stream()
                            .filter(row -> row.status().state() != TenantState.DELETED)
                            .forEach(row -> tenants.put(row.document().id(), row.document())));
            return new Documents.Whole(reader.shared(sql), tenants).state();
        });
    }

    /**
     * Brings tenants and shared providers to what a file says; all of it or nothing.
     *
     * @param state what the file says; masked secrets ({@code ***}) mean those that are stored
     * @param prune whether what the file doesn't name is removed; else it is merged
     * @param dryRun whether only to say what would change
     */
    public ApplyResult apply(State state, boolean prune, boolean dryRun) {
        return new StateApplication(transactions, codec, check, state, prune, dryRun).run();
    }

    private static long epoch(JdbcClient sql) {
        return sql.sql("select epoch from config_epoch").query(Long.class).single();
    }

    private List<State.Provider> shared(JdbcClient sql) {
        return new Documents.Whole(reader.shared(sql), Map.of()).state().providers();
    }

    private void forEachBatch(JdbcClient sql, Consumer<Map<String, ConfigurationReader.Row>> batch) {
        for (List<String> ids = reader.ids(sql, "", BATCH);
                !ids.isEmpty();
                ids = reader.ids(sql, ids.getLast(), BATCH)) {
            batch.accept(reader.tenants(sql, ids));
        }
    }

    private static State enabled(Map<String, ConfigurationReader.Row> rows) {
        Map<String, Documents.Tenant> documents = new LinkedHashMap<>();
        rows.forEach((id, row) -> documents.put(id, row.enabled()));
        return new Documents.Whole(Map.of(), documents).state();
    }

    private static void emit(Map<String, ConfigurationReader.Row> rows, Consumer<ConfiguredTenant> to) {
        for (State.Tenant tenant : enabled(rows).tenants()) {
            ConfigurationReader.Row row = rows.get(tenant.id().value());
            if (row == null) {
                throw new IllegalStateException("tenant " + tenant.id().value() + " came from nowhere");
            }
            to.accept(new ConfiguredTenant(tenant, row.status(), row.credentials()));
        }
    }
}
