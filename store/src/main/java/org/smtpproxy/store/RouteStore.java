package org.smtpproxy.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.State;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;

/** A tenant's routes: one ordered list with one version, replaced as a whole. */
public final class RouteStore {
    private static final TypeReference<List<Object>> LIST = new TypeReference<>() {};

    private final Transactions transactions;
    private final TenantChange change;
    private final ConfigurationWriter writer;

    public RouteStore(Transactions transactions, SecretCodec codec, ConfigurationCheck check) {
        this.transactions = transactions;
        this.change = new TenantChange(transactions, codec, check);
        this.writer = new ConfigurationWriter(codec);
    }

    public StoredRoutes get(TenantId tenant) {
        return transactions.forTenant(tenant, sql -> get(sql, tenant));
    }

    /**
     * @param tenant whose routes these are; of the record only they matter
     * @param version empty when it is done whatever changed since
     */
    public Outcome<StoredRoutes> replace(State.Tenant tenant, OptionalLong version) {
        Documents.Tenant given = Documents.of(new State(List.of(), List.of(tenant)))
                .tenants()
                .values()
                .iterator()
                .next();
        TenantId id = new TenantId(given.id());
        return change.inTenant(id, "routes", sql -> {
            long stored = get(sql, id).version();
            if (version.isPresent() && version.getAsLong() != stored) {
                return new Outcome.Outdated<>(stored);
            }
            writer.putRoutes(sql, Map.of(given.id(), given.routes()));
            return new Outcome.Done<>(get(sql, id));
        });
    }

    private static StoredRoutes get(JdbcClient sql, TenantId tenant) {
        Optional<StoredRoutes> stored = sql.sql("select rules, version from routes where tenant_id = ?")
                .param(tenant.value())
                .query((row, number) -> new StoredRoutes(
                        tenant, routes(tenant, Json.value(row.getString("rules"), LIST)), row.getLong("version")))
                .optional();
        return stored.orElse(new StoredRoutes(tenant, List.of(), 0));
    }

    private static List<State.Route> routes(TenantId tenant, List<Object> rules) {
        Map<String, Documents.Tenant> documents = new LinkedHashMap<>();
        documents.put(
                tenant.value(),
                new Documents.Tenant(tenant.value(), Optional.empty(), Map.of(), Map.of(), Map.of(), rules));
        return new Documents.Whole(Map.of(), documents)
                .state()
                .tenants()
                .getFirst()
                .routes()
                .orElse(List.of());
    }
}
