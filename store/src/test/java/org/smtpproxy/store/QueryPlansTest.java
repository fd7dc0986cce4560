package org.smtpproxy.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.smtpproxy.mail.TenantId;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The plans of what is asked often, over 100,000 analyzed rows, as the application's roles. A sequential scan of a
 * table that grows is refused, with the parameters known and, as after a few executions, with any parameters.
 */
class QueryPlansTest {
    private static final TenantId TENANT = new TenantId("t500");
    private static final Scope OF_TENANT = Scope.of(TENANT);
    private static final Map<String, Object> PAGE = Map.of("after", "t3", "rows", 51, "tenant", "t500");

    private static Database database;

    enum PlanCacheMode {
        FORCE_CUSTOM_PLAN,
        FORCE_GENERIC_PLAN
    }

    @BeforeAll
    static void fill() {
        DatabaseSettings settings = TestDatabase.migrated();
        TestDatabase.asOwner(settings.url(), """
                set search_path = smtp_proxy;
                insert into tenants (id, name, state)
                select 't' || n, 'Name ' || n, case when n % 1000 = 0 then 'suspended' else 'active' end
                from generate_series(1, 100000) n;
                insert into credentials (tenant_id, id, username, secret_kind, secret)
                select 't' || 1 + n % 1000, 'c' || n, 'user' || n, 'keyed', 'x' from generate_series(1, 100000) n;
                insert into providers (tenant_id, id, type, settings_sealed)
                select 't' || 1 + n % 1000, 'p' || n, 'smtp', 'x' from generate_series(1, 100000) n;
                insert into routes (tenant_id, rules) select 't' || n, '[]' from generate_series(1, 100000) n;
                insert into users (id, tenant_id, name, password_hash, role)
                select 'u' || n, 't' || 1 + n % 1000, 'user' || n, 'x', 'viewer' from generate_series(1, 100000) n;
                insert into api_keys (id, tenant_id, name, key_hash, role, created_by)
                select 'k' || n, 't' || 1 + n % 1000, 'key', 'hash' || n, 'viewer', 'x'
                from generate_series(1, 100000) n;
                insert into audit (at, tenant_id, actor, source, action, resource, request_id, outcome)
                select now() - n * interval '1 minute', 't' || 1 + n % 1000, 'a' || n % 50, '::1', 'x', 'x', 'x', 'x'
                from generate_series(1, 100000) n;
                insert into config_changes (epoch, tenant_id, resource)
                select n, 't' || n, 'tenant' from generate_series(1, 100000) n;
                insert into idempotency_keys (scope, key, request_hash, expires_at)
                select 's' || n % 100, 'k' || n, 'x', now() + n * interval '1 second' from generate_series(1, 100000) n;
                insert into nodes (id, roles, epoch, version, health, started_at, heartbeat_at)
                values ('n', '{}', 0, '', '{}', now(), now());
                insert into node_commands (node_id, kind, arguments, created_by, acknowledged_at)
                select 'n', 'x', '{}', 'x', now() from generate_series(1, 100000) n;
                analyze
                """);
        database = Database.open(settings);
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @ParameterizedTest
    @EnumSource
    void aTenantsLists(PlanCacheMode mode) {
        for (String query : List.of(
                CredentialStore.LIST,
                ProviderStore.LIST,
                UserStore.listSql(OF_TENANT),
                ApiKeyStore.listSql(OF_TENANT),
                "select * from credentials order by id limit 51",
                "select * from routes where tenant_id = :tenant")) {
            refuseScans(query, ofTenant(mode, query, PAGE));
        }
        AuditStore.Filter filter = new AuditStore.Filter(
                Optional.of(Instant.EPOCH), Optional.empty(), Optional.of("a1"), Optional.empty());
        for (AuditStore.Filter each : List.of(AuditStore.Filter.ALL, filter)) {
            String query = AuditStore.listSql(OF_TENANT, each);
            refuseScans(query, ofTenant(mode, query, auditParameters()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theOperatorsLists(PlanCacheMode mode) {
        TenantStore.Filter suspended = new TenantStore.Filter(Optional.empty(), Optional.of(TenantState.SUSPENDED));
        Map<String, Object> search =
                Map.of("after", "t3", "rows", 51, "from", "name 77", "to", "name 77\uDBFF\uDFFF", "state", "suspended");
        for (String query : List.of(
                TenantStore.listSql(TenantStore.Filter.ALL),
                TenantStore.listSql(suspended),
                TenantStore.searchSql(TenantStore.Filter.ALL),
                TenantStore.searchSql(suspended),
                UserStore.listSql(Scope.ALL),
                ApiKeyStore.listSql(Scope.ALL))) {
            refuseScans(query, ofAll(mode, query, search));
        }
        AuditStore.Filter old = new AuditStore.Filter(
                Optional.of(Instant.EPOCH), Optional.of(Instant.EPOCH), Optional.empty(), Optional.empty());
        for (AuditStore.Filter each : List.of(AuditStore.Filter.ALL, old)) {
            String query = AuditStore.listSql(Scope.ALL, each);
            refuseScans(query, ofAll(mode, query, auditParameters()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsAskedForEachRequestAndChange(PlanCacheMode mode) {
        Map<String, Object> parameters = Map.of("text", "x", "texts", new String[] {"t1", "t2"}, "number", 99_990L);
        for (String query : List.of(
                "select * from users where name = :text",
                "select * from api_keys where key_hash = :text",
                "select username from credentials where username = any (:texts)",
                "select * from credentials where tenant_id = any (:texts) order by tenant_id, username",
                "select * from providers where tenant_id = any (:texts) order by tenant_id, position, id",
                "select * from tenants where id = any (:texts) order by id",
                "select distinct tenant_id from config_changes where epoch > :number",
                "select * from idempotency_keys where scope = :text and key = :text",
                "select * from node_commands where node_id = :text and acknowledged_at is null order by id")) {
            refuseScans(query, ofAll(mode, query, parameters));
        }
    }

    /** Else the tests above could not fail. */
    @Test
    void aScanWouldBeSeen() {
        String query = "select * from credentials where secret = 'x' order by secret limit 5";
        assertThat(ofAll(PlanCacheMode.FORCE_CUSTOM_PLAN, query, Map.of())).contains("Seq Scan on credentials");
    }

    private static void refuseScans(String query, String plan) {
        assertThat(plan).as(query).contains("cost=").doesNotContain("Seq Scan");
    }

    private static Map<String, Object> auditParameters() {
        return Map.of(
                "below",
                Long.MAX_VALUE,
                "rows",
                51,
                "tenant",
                "t500",
                "from",
                Rows.time(Instant.EPOCH),
                "to",
                Rows.time(Instant.EPOCH),
                "actor",
                "a1");
    }

    private static String ofTenant(PlanCacheMode mode, String query, Map<String, Object> parameters) {
        return database.transactions().forTenant(TENANT, sql -> plan(sql, mode, query, parameters));
    }

    private static String ofAll(PlanCacheMode mode, String query, Map<String, Object> parameters) {
        return database.transactions().forAll(sql -> plan(sql, mode, query, parameters));
    }

    /** The server's EXPLAIN of a generic plan wants a prepared statement; the parameters are given by name. */
    private static String plan(JdbcClient sql, PlanCacheMode mode, String query, Map<String, Object> parameters) {
        sql.sql("set local plan_cache_mode = " + mode).update();
        JdbcClient.StatementSpec statement = sql.sql("explain " + query);
        parameters.forEach((name, value) -> {
            if (query.contains(":" + name)) {
                statement.param(name, value);
            }
        });
        return String.join("\n", statement.query(String.class).list());
    }
}
