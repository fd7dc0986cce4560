package org.smtpproxy.store;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.State;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The provider accounts that tenants have of their own. Settings are sealed; masked ones in a change are kept. */
public final class ProviderStore {
    static final String LIST =
            "select * from providers where tenant_id = :tenant and id > :after order by id limit :rows";

    private final Transactions transactions;
    private final TenantChange change;
    private final ConfigurationReader reader;
    private final ConfigurationWriter writer;

    public ProviderStore(Transactions transactions, SecretCodec codec, ConfigurationCheck check) {
        this.transactions = transactions;
        this.change = new TenantChange(transactions, codec, check);
        this.reader = new ConfigurationReader(codec);
        this.writer = new ConfigurationWriter(codec);
    }

    /** In the order of their ids. */
    public Page<StoredProvider> list(TenantId tenant, PageRequest page) {
        String after = page.after();
        return transactions.readForTenant(
                tenant,
                sql -> Page.of(
                        stored(sql.sql(LIST)
                                .param("tenant", tenant.value())
                                .param("after", after)
                                .param("rows", page.rows())),
                        page,
                        provider -> provider.provider().id().value()));
    }

    public Optional<StoredProvider> find(TenantId tenant, String id) {
        return transactions.forTenant(tenant, sql -> find(sql, tenant, id));
    }

    public Outcome<StoredProvider> create(TenantId tenant, State.Provider provider) {
        return change.inTenant(tenant, "provider", sql -> {
            Documents.Provider given = ProviderRows.document(provider);
            if (find(sql, tenant, given.id()).isPresent()) {
                return new Outcome.Taken<>("id");
            }
            int position = sql.sql("select coalesce(max(position) + 1, 0) from providers where tenant_id = ?")
                    .param(tenant.value())
                    .query(Integer.class)
                    .single();
            return put(sql, tenant, ProviderRows.lift(given, Optional.empty()), position);
        });
    }

    /** @param version empty when it is done whatever changed since */
    public Outcome<StoredProvider> update(TenantId tenant, State.Provider provider, OptionalLong version) {
        return change.inTenant(tenant, "provider", sql -> {
            Documents.Provider given = ProviderRows.document(provider);
            Optional<StoredProvider> stored = find(sql, tenant, given.id());
            if (stored.isEmpty()) {
                return new Outcome.Missing<>();
            }
            if (version.isPresent() && version.getAsLong() != stored.get().version()) {
                return new Outcome.Outdated<>(stored.get().version());
            }
            int position = sql.sql("select position from providers where tenant_id = ? and id = ?")
                    .params(tenant.value(), given.id())
                    .query(Integer.class)
                    .single();
            Documents.Provider before = ProviderRows.document(stored.get().provider());
            return put(sql, tenant, ProviderRows.lift(given, Optional.of(before)), position);
        });
    }

    /** {@link Outcome.Refused} while a route names it: that is for the check to say. */
    public Outcome<StoredProvider> delete(TenantId tenant, String id) {
        return change.inTenant(tenant, "provider", sql -> {
            Optional<StoredProvider> stored = find(sql, tenant, id);
            if (stored.isEmpty()) {
                return new Outcome.Missing<>();
            }
            writer.removeProviders(sql, List.of(new ConfigurationWriter.Key(tenant.value(), id)));
            return new Outcome.Done<>(stored.get());
        });
    }

    private Outcome<StoredProvider> put(JdbcClient sql, TenantId tenant, Documents.Provider provider, int position) {
        writer.putProviders(sql, List.of(new ConfigurationWriter.Provider(tenant.value(), position, provider)));
        return new Outcome.Done<>(find(sql, tenant, provider.id()).orElseThrow());
    }

    private Optional<StoredProvider> find(JdbcClient sql, TenantId tenant, String id) {
        return stored(sql.sql("select * from providers where tenant_id = :tenant and id = :id")
                        .param("tenant", tenant.value())
                        .param("id", id))
                .stream()
                .findFirst();
    }

    private List<StoredProvider> stored(JdbcClient.StatementSpec statement) {
        return ProviderRows.stored(statement, row -> {
            String tenant = row.getString("tenant_id");
            return new ProviderRows.Row(Optional.of(new TenantId(tenant)), reader.provider(row, tenant));
        });
    }
}
