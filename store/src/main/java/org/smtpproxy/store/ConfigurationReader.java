package org.smtpproxy.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.core.type.TypeReference;

/** Puts the configuration together from its tables, some tenants at a time, with their secrets opened. */
final class ConfigurationReader {
    private static final TypeReference<List<Object>> LIST = new TypeReference<>() {};

    private final SecretCodec codec;

    ConfigurationReader(SecretCodec codec) {
        this.codec = codec;
    }

    /** A tenant with all that belongs to it. Its document has the disabled credentials too. */
    record Row(Documents.Tenant document, TenantStatus status, List<StoredCredential> credentials) {
        Documents.Tenant enabled() {
            Map<String, String> passwords = new LinkedHashMap<>(document.passwords());
            credentials.stream().filter(StoredCredential::disabled).forEach(off -> passwords.remove(off.username()));
            return new Documents.Tenant(
                    document.id(),
                    document.name(),
                    document.settings(),
                    passwords,
                    document.providers(),
                    document.routes());
        }
    }

    /** By id, in their order; those that there are. */
    Map<String, Row> tenants(JdbcClient sql, Collection<String> ids) {
        String[] wanted = ids.toArray(String[]::new);
        Map<String, List<StoredCredential>> credentials = new HashMap<>();
        sql.sql("select * from credentials where tenant_id = any (?) order by tenant_id, username")
                .param(wanted)
                .query((row, number) -> credential(row))
                .list()
                .forEach(credential -> credentials
                        .computeIfAbsent(credential.tenant().value(), tenant -> new ArrayList<>())
                        .add(credential));
        Map<String, Map<String, Documents.Provider>> providers = new HashMap<>();
        sql.sql("select * from providers where tenant_id = any (?) order by tenant_id, position, id")
                .param(wanted)
                .query(row -> {
                    String tenant = row.getString("tenant_id");
                    providers
                            .computeIfAbsent(tenant, id -> new LinkedHashMap<>())
                            .put(row.getString("id"), provider(row, tenant));
                });
        Map<String, List<Object>> routes = new HashMap<>();
        sql.sql("select tenant_id, rules from routes where tenant_id = any (?)")
                .param(wanted)
                .query(row -> {
                    routes.put(row.getString("tenant_id"), Json.value(row.getString("rules"), LIST));
                });
        Map<String, Row> tenants = new LinkedHashMap<>();
        sql.sql("select * from tenants where id = any (?) order by id")
                .param(wanted)
                .query(row -> {
                    String id = row.getString("id");
                    List<StoredCredential> own = credentials.getOrDefault(id, List.of());
                    Map<String, String> passwords = new LinkedHashMap<>();
                    own.forEach(credential -> passwords.put(
                            credential.username(), credential.secret().text()));
                    Documents.Tenant document = new Documents.Tenant(
                            id,
                            Rows.optionalText(row, "name"),
                            settings(row, id),
                            passwords,
                            providers.getOrDefault(id, Map.of()),
                            routes.getOrDefault(id, List.of()));
                    tenants.put(id, new Row(document, status(row), own));
                });
        return tenants;
    }

    /** The next ids of all tenants. */
    List<String> ids(JdbcClient sql, String after, int limit) {
        return sql.sql("select id from tenants where id > ? order by id limit ?")
                .params(after, limit)
                .query(String.class)
                .list();
    }

    Map<String, Documents.Provider> shared(JdbcClient sql) {
        Map<String, Documents.Provider> shared = new LinkedHashMap<>();
        sql.sql("select * from shared_providers order by id").query(row -> {
            shared.put(row.getString("id"), sharedProvider(row));
        });
        return shared;
    }

    Documents.Provider sharedProvider(ResultSet row) throws SQLException {
        String id = row.getString("id");
        String settings = codec.open(SecretOwner.sharedProvider(id), row.getString("settings_sealed"));
        return new Documents.Provider(id, row.getString("type"), Rows.texts(row, "grants"), Json.object(settings));
    }

    Documents.Provider provider(ResultSet row, String tenant) throws SQLException {
        String id = row.getString("id");
        String settings = codec.open(SecretOwner.provider(tenant, id), row.getString("settings_sealed"));
        return new Documents.Provider(id, row.getString("type"), Optional.empty(), Json.object(settings));
    }

    Map<String, Object> settings(ResultSet row, String tenant) throws SQLException {
        Map<String, Object> settings = Json.object(row.getString("settings"));
        Rows.optionalText(row, "secret_settings_sealed")
                .ifPresent(secret -> settings.putAll(Json.object(codec.open(SecretOwner.tenant(tenant), secret))));
        return settings;
    }

    static TenantStatus status(ResultSet row) throws SQLException {
        return new TenantStatus(
                TenantState.of(row.getString("state")),
                Rows.optionalText(row, "state_reason"),
                Rows.instant(row, "state_since"));
    }

    static StoredCredential credential(ResultSet row) throws SQLException {
        Optional<String> previousKind = Rows.optionalText(row, "previous_secret_kind");
        return new StoredCredential(
                new TenantId(row.getString("tenant_id")),
                row.getString("id"),
                row.getString("username"),
                new StoredSecret(StoredSecret.Kind.of(row.getString("secret_kind")), row.getString("secret")),
                previousKind.isEmpty()
                        ? Optional.empty()
                        : Optional.of(new StoredCredential.Previous(
                                new StoredSecret(
                                        StoredSecret.Kind.of(previousKind.get()), row.getString("previous_secret")),
                                Rows.instant(row, "previous_until"))),
                row.getBoolean("disabled"),
                Rows.optionalInstant(row, "last_used_at"),
                Rows.instant(row, "created_at"),
                row.getLong("version"));
    }
}
