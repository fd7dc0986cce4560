package org.smtpproxy.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import org.smtpproxy.tenancy.state.Problem;
import org.smtpproxy.tenancy.state.State;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The operator's provider accounts, which tenants may name when they are granted to them. */
public final class SharedProviderStore {
    private final Transactions transactions;
    private final ConfigurationCheck check;
    private final ConfigurationReader reader;
    private final ConfigurationWriter writer;

    public SharedProviderStore(Transactions transactions, SecretCodec codec, ConfigurationCheck check) {
        this.transactions = transactions;
        this.check = check;
        this.reader = new ConfigurationReader(codec);
        this.writer = new ConfigurationWriter(codec);
    }

    /** In the order of their ids. */
    public Page<StoredProvider> list(PageRequest page) {
        String after = page.after();
        return transactions.readForAll(sql -> Page.of(
                stored(sql.sql("select * from shared_providers where id > :after order by id limit :rows")
                        .param("after", after)
                        .param("rows", page.rows())),
                page,
                provider -> provider.provider().id().value()));
    }

    public Optional<StoredProvider> find(String id) {
        return transactions.forAll(sql -> find(sql, id));
    }

    public Outcome<StoredProvider> create(State.Provider provider) {
        Documents.Provider given = ProviderRows.document(provider);
        return change(
                given.id(),
                (sql, stored) -> stored.isPresent()
                        ? new Outcome.Taken<>("id")
                        : put(sql, ProviderRows.lift(given, Optional.empty())));
    }

    /** @param version empty when it is done whatever changed since */
    public Outcome<StoredProvider> update(State.Provider provider, OptionalLong version) {
        Documents.Provider given = ProviderRows.document(provider);
        return change(given.id(), (sql, stored) -> {
            if (stored.isEmpty()) {
                return new Outcome.Missing<>();
            }
            if (version.isPresent() && version.getAsLong() != stored.get().version()) {
                return new Outcome.Outdated<>(stored.get().version());
            }
            return put(
                    sql,
                    ProviderRows.lift(
                            given,
                            Optional.of(ProviderRows.document(stored.get().provider()))));
        });
    }

    /** {@link Outcome.Refused} while a tenant's route names it. */
    public Outcome<StoredProvider> delete(String id) {
        return change(id, (sql, stored) -> {
            if (stored.isEmpty()) {
                return new Outcome.Missing<>();
            }
            writer.removeShared(sql, List.of(id));
            return new Outcome.Done<>(stored.get());
        });
    }

    @FunctionalInterface
    private interface Work {
        Outcome<StoredProvider> apply(JdbcClient sql, Optional<StoredProvider> stored);
    }

    private Outcome<StoredProvider> change(String id, Work work) {
        return TenantChange.undoing(() -> transactions.forAll(sql -> {
            ConfigurationLock.lock(sql);
            Outcome<StoredProvider> outcome = work.apply(sql, find(sql, id));
            if (outcome instanceof Outcome.Done<StoredProvider>) {
                refuse(ConfigurationConflicts.ofShared(sql, List.of(id)));
                refuse(check.problems(withGranted(sql)));
                ConfigurationLock.record(sql, "provider", List.of(ConfigurationLock.SHARED));
            }
            return outcome;
        }));
    }

    /** The compiler wants to know the tenants that shared providers name. */
    private State withGranted(JdbcClient sql) {
        Map<String, Documents.Provider> shared = reader.shared(sql);
        List<String> granted = shared.values().stream()
                .flatMap(provider -> provider.grants().orElse(List.of()).stream())
                .distinct()
                .toList();
        Map<String, Documents.Tenant> tenants = new LinkedHashMap<>();
        reader.tenants(sql, granted).forEach((id, row) -> tenants.put(id, row.document()));
        return new Documents.Whole(shared, tenants).state();
    }

    private static void refuse(List<Problem> problems) {
        if (!problems.isEmpty()) {
            throw new Undone(new Outcome.Refused<>(problems));
        }
    }

    private Outcome<StoredProvider> put(JdbcClient sql, Documents.Provider provider) {
        writer.putShared(sql, provider);
        return new Outcome.Done<>(find(sql, provider.id()).orElseThrow());
    }

    private Optional<StoredProvider> find(JdbcClient sql, String id) {
        return stored(sql.sql("select * from shared_providers where id = :id").param("id", id)).stream()
                .findFirst();
    }

    private List<StoredProvider> stored(JdbcClient.StatementSpec statement) {
        return ProviderRows.stored(
                statement, row -> new ProviderRows.Row(Optional.empty(), reader.sharedProvider(row)));
    }
}
