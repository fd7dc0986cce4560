package org.smtpproxy.store;

import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.MessageId;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Writes the configuration in batches, with its secrets sealed. One statement takes any number of rows. */
final class ConfigurationWriter {
    /** Keys of a tenant that have secrets in them. */
    private static final Set<String> SECRET_SETTINGS = Set.of("webhooks");

    private final SecretCodec codec;

    ConfigurationWriter(SecretCodec codec) {
        this.codec = codec;
    }

    record Credential(String tenant, String username, StoredSecret secret) {}

    record Provider(String tenant, int position, Documents.Provider document) {}

    record Key(String tenant, String id) {}

    /** All that differs but tenants to be deleted: what those leave free is free when they are purged. */
    void write(JdbcClient sql, StateDifference difference) {
        removeCredentials(sql, difference.removedCredentials());
        removeProviders(sql, difference.removedProviders());
        removeShared(sql, difference.removedShared());
        difference.putShared().forEach(provider -> putShared(sql, provider));
        putTenants(sql, difference.putTenants());
        setSecrets(sql, difference.changedSecrets());
        putProviders(sql, difference.putProviders());
        putRoutes(sql, difference.putRoutes());
        addCredentials(sql, difference.addedCredentials());
    }

    /** Adds them, or sets name and settings. One that was deleted is there again. */
    void putTenants(JdbcClient sql, Collection<Documents.Tenant> tenants) {
        if (tenants.isEmpty()) {
            return;
        }
        sql.sql("""
                        insert into tenants (id, name, settings, secret_settings_sealed)
                        select id, name, settings::jsonb, sealed
                        from unnest(cast(:ids as text[]), cast(:names as text[]), cast(:settings as text[]),
                            cast(:sealed as text[])) as given (id, name, settings, sealed)
                        on conflict (id) do update
                        set name = excluded.name, settings = excluded.settings,
                            secret_settings_sealed = excluded.secret_settings_sealed,
                            state = case tenants.state when 'deleted' then 'active' else tenants.state end,
                            state_reason = case tenants.state when 'deleted' then null else tenants.state_reason end,
                            state_since = case tenants.state when 'deleted' then now() else tenants.state_since end,
                            version = tenants.version + 1, updated_at = now()
                        """)
                .param("ids", column(tenants, Documents.Tenant::id))
                .param("names", column(tenants, tenant -> tenant.name().orElse(null)))
                .param("settings", column(tenants, tenant -> Json.text(openSettings(tenant.settings()))))
                .param("sealed", column(tenants, tenant -> sealedSettings(tenant.id(), tenant.settings())))
                .update();
    }

    static Map<String, Object> openSettings(Map<String, Object> settings) {
        Map<String, Object> open = new LinkedHashMap<>(settings);
        open.keySet().removeAll(SECRET_SETTINGS);
        return open;
    }

    @Nullable
    String sealedSettings(String tenant, Map<String, Object> settings) {
        Map<String, Object> secret = new LinkedHashMap<>(settings);
        secret.keySet().retainAll(SECRET_SETTINGS);
        return secret.isEmpty() ? null : codec.seal(SecretOwner.tenant(tenant), Json.text(secret));
    }

    void addCredentials(JdbcClient sql, Collection<Credential> credentials) {
        if (credentials.isEmpty()) {
            return;
        }
        Instant now = Instant.now();
        sql.sql("""
                        insert into credentials (tenant_id, id, username, secret_kind, secret)
                        select * from unnest(cast(:tenants as text[]), cast(:ids as text[]), cast(:usernames as text[]),
                            cast(:kinds as text[]), cast(:secrets as text[]))
                        """)
                .param("tenants", column(credentials, Credential::tenant))
                .param("ids", column(credentials, credential -> newId(now)))
                .param("usernames", column(credentials, Credential::username))
                .param(
                        "kinds",
                        column(
                                credentials,
                                credential -> credential.secret().kind().word()))
                .param(
                        "secrets",
                        column(credentials, credential -> credential.secret().value()))
                .update();
    }

    /** Without overlap: a file that names another password means this one from now on. */
    void setSecrets(JdbcClient sql, Collection<Credential> credentials) {
        if (credentials.isEmpty()) {
            return;
        }
        sql.sql("""
                        update credentials c
                        set secret_kind = given.kind, secret = given.secret, previous_secret_kind = null,
                            previous_secret = null, previous_until = null, version = c.version + 1
                        from unnest(cast(:tenants as text[]), cast(:usernames as text[]), cast(:kinds as text[]),
                            cast(:secrets as text[])) as given (tenant, username, kind, secret)
                        where c.tenant_id = given.tenant and c.username = given.username
                        """)
                .param("tenants", column(credentials, Credential::tenant))
                .param("usernames", column(credentials, Credential::username))
                .param(
                        "kinds",
                        column(
                                credentials,
                                credential -> credential.secret().kind().word()))
                .param(
                        "secrets",
                        column(credentials, credential -> credential.secret().value()))
                .update();
    }

    void removeCredentials(JdbcClient sql, Collection<Key> usernames) {
        remove(
                sql,
                "delete from credentials c using",
                "c.tenant_id = given.tenant and c.username = given.id",
                usernames);
    }

    void putProviders(JdbcClient sql, Collection<Provider> providers) {
        if (providers.isEmpty()) {
            return;
        }
        sql.sql("""
                        insert into providers (tenant_id, id, position, type, settings_sealed)
                        select * from unnest(cast(:tenants as text[]), cast(:ids as text[]), cast(:positions as int[]),
                            cast(:types as text[]), cast(:sealed as text[]))
                        on conflict (tenant_id, id) do update
                        set position = excluded.position, type = excluded.type,
                            settings_sealed = excluded.settings_sealed,
                            version = providers.version + 1, updated_at = now()
                        """)
                .param("tenants", column(providers, Provider::tenant))
                .param("ids", column(providers, provider -> provider.document().id()))
                .param("positions", providers.stream().map(Provider::position).toArray(Integer[]::new))
                .param(
                        "types",
                        column(providers, provider -> provider.document().type()))
                .param("sealed", column(providers, provider -> sealed(provider.tenant(), provider.document())))
                .update();
    }

    String sealed(String tenant, Documents.Provider provider) {
        return codec.seal(SecretOwner.provider(tenant, provider.id()), Json.text(provider.settings()));
    }

    void removeProviders(JdbcClient sql, Collection<Key> providers) {
        remove(sql, "delete from providers p using", "p.tenant_id = given.tenant and p.id = given.id", providers);
    }

    void putShared(JdbcClient sql, Documents.Provider provider) {
        sql.sql("""
                        insert into shared_providers (id, type, grants, settings_sealed)
                        values (:id, :type, cast(:grants as text[]), :sealed)
                        on conflict (id) do update
                        set type = excluded.type, grants = excluded.grants,
                            settings_sealed = excluded.settings_sealed,
                            version = shared_providers.version + 1, updated_at = now()
                        """)
                .param("id", provider.id())
                .param("type", provider.type())
                .param(
                        "grants",
                        provider.grants()
                                .map(grants -> grants.toArray(String[]::new))
                                .orElse(null))
                .param("sealed", codec.seal(SecretOwner.sharedProvider(provider.id()), Json.text(provider.settings())))
                .update();
    }

    void removeShared(JdbcClient sql, Collection<String> ids) {
        sql.sql("delete from shared_providers where id = any (?)")
                .param(ids.toArray(String[]::new))
                .update();
    }

    /** @param routes by tenant; an empty list is none */
    void putRoutes(JdbcClient sql, Map<String, List<Object>> routes) {
        if (routes.isEmpty()) {
            return;
        }
        sql.sql("""
                        insert into routes (tenant_id, rules)
                        select tenant, rules::jsonb
                        from unnest(cast(:tenants as text[]), cast(:rules as text[])) as given (tenant, rules)
                        on conflict (tenant_id) do update
                        set rules = excluded.rules, version = routes.version + 1, updated_at = now()
                        """)
                .param("tenants", routes.keySet().toArray(String[]::new))
                .param("rules", column(routes.values(), Json::text))
                .update();
    }

    void markDeleted(JdbcClient sql, Collection<String> tenants, String reason) {
        sql.sql("""
                        update tenants
                        set state = 'deleted', state_reason = ?, state_since = now(), version = version + 1,
                            updated_at = now()
                        where id = any (?) and state <> 'deleted'
                        """).params(reason, tenants.toArray(String[]::new)).update();
    }

    static String newId(Instant now) {
        return MessageId.next(now).toString();
    }

    private static void remove(JdbcClient sql, String delete, String join, Collection<Key> keys) {
        if (keys.isEmpty()) {
            return;
        }
        sql.sql(delete + " unnest(cast(:tenants as text[]), cast(:ids as text[])) as given (tenant, id) where " + join)
                .param("tenants", column(keys, Key::tenant))
                .param("ids", column(keys, Key::id))
                .update();
    }

    private static <T> String[] column(Collection<T> rows, Function<T, @Nullable String> value) {
        return rows.stream().map(value).toArray(String[]::new);
    }
}
