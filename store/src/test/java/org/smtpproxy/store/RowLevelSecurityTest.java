package org.smtpproxy.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.sql.DataSource;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.mail.TenantId;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Raw SQL through the application's own pools: what the database allows, whatever the application does. */
class RowLevelSecurityTest {
    private static final TenantId ACME = new TenantId("acme");

    private static final String REFUSED =
            "(?s).*(permission denied|violates row-level security|must be owner of|not supported with row-level security).*";

    private static Database database;

    @BeforeAll
    static void fill() {
        DatabaseSettings settings = TestDatabase.migrated();
        database = Database.open(settings);
        new ConfigurationStore(database.transactions(), new FixedKeyCodec(), state -> List.of())
                .apply(States.of("""
                                providers:
                                  - {id: for-all, type: capture}
                                  - {id: for-acme, tenants: [acme], type: capture}
                                  - {id: for-other, tenants: [other], type: capture}
                                tenants:
                                  - id: acme
                                    credentials: [{username: a, password: x}]
                                    providers: [{id: p, type: capture}]
                                    routes: [{name: r, to: [p]}]
                                  - id: other
                                    credentials: [{username: b, password: x}]
                                    providers: [{id: p, type: capture}]
                                    routes: [{name: r, to: [p]}]
                                """), false, false);
        TestDatabase.asOwner(settings.url(), """
                insert into smtp_proxy.users (id, tenant_id, name, password_hash, role)
                values ('1', 'acme', 'u1', '', 'viewer'), ('2', 'other', 'u2', '', 'viewer'), ('3', null, 'u3', '', 'viewer');
                insert into smtp_proxy.api_keys (id, tenant_id, name, key_hash, role, created_by)
                values ('1', 'acme', 'k1', '1', 'viewer', ''), ('2', 'other', 'k2', '2', 'viewer', ''),
                    ('3', null, 'k3', '3', 'viewer', '');
                insert into smtp_proxy.audit (at, tenant_id, actor, source, action, resource, request_id, outcome)
                values (now(), 'acme', '', '', '', '', '', ''), (now(), 'other', '', '', '', '', '', ''),
                    (now(), null, '', '', '', '', '', '')
                """);
    }

    @AfterAll
    static void close() {
        database.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"credentials", "providers", "routes", "users", "api_keys", "audit", "config_changes"})
    void aTenantsTransactionSeesItsOwnRowsWithoutACondition(String table) {
        assertThat(asTenant("select distinct tenant_id from " + table)).containsExactly("acme");
        assertThat(asTenant("select count(*)::text from " + table + " where tenant_id is distinct from 'acme'"))
                .containsExactly("0");
        assertThat(withoutTenant("select count(*)::text from " + table)).isEqualTo("0");
    }

    @Test
    void aTenantSeesItselfAndTheSharedProvidersGrantedToIt() {
        assertThat(asTenant("select id from tenants")).containsExactly("acme");
        assertThat(asTenant("select id from shared_providers order by id")).containsExactly("for-acme", "for-all");
        assertThat(withoutTenant("select count(*)::text from tenants")).isEqualTo("0");
        assertThat(withoutTenant("select count(*)::text from shared_providers")).isEqualTo("0");
    }

    /** Every table is either closed to the tenants' role or has policies. */
    @Test
    void noTableIsForgotten() {
        assertThat(database.transactions()
                        .<List<String>>forAll(
                                sql -> sql.sql("""
                                select c.relname from pg_class c
                                where c.relnamespace = 'smtp_proxy'::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
                                and not c.relrowsecurity
                                and has_table_privilege('smtp_proxy_runtime', c.oid, 'select, insert, update, delete')
                                order by 1
                                """).query(String.class).list()))
                .containsExactly("config_epoch", "installation");
    }

    @ParameterizedTest
    @ValueSource(strings = {"credentials", "providers", "routes", "users", "api_keys"})
    void aTenantsTransactionDeletesItsOwnRowsOnly(String table) {
        long before = count(table);
        assertThatThrownBy(() -> database.transactions().forTenant(ACME, sql -> {
                    assertThat(sql.sql("delete from " + table).update()).isEqualTo(1);
                    throw new IllegalStateException("undo");
                }))
                .hasMessage("undo");
        assertThat(count(table)).isEqualTo(before);
    }

    @Test
    void aTenantsTransactionUpdatesItsOwnRowsOnly() {
        assertThatThrownBy(() -> database.transactions().forTenant(ACME, sql -> {
                    assertThat(sql.sql("update credentials set disabled = true").update())
                            .isEqualTo(1);
                    assertThat(sql.sql("update tenants set name = 'x'").update())
                            .isEqualTo(1);
                    throw new IllegalStateException("undo");
                }))
                .hasMessage("undo");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "insert into credentials (tenant_id, id, username, secret_kind, secret) values ('other', 'x', 'x', 'keyed', 'x')",
                "update credentials set tenant_id = 'other'",
                "insert into users (id, name, password_hash, role) values ('x', 'x', '', 'super-admin')",
                "insert into audit (at, tenant_id, actor, source, action, resource, request_id, outcome)"
                        + " values (now(), 'other', '', '', '', '', '', '')",
                "insert into config_changes (epoch, tenant_id, resource) values (9, 'other', '')",
                "update tenants set state = 'active'",
                "insert into tenants (id) values ('mine')",
                "delete from tenants",
                "update shared_providers set type = 'x'",
                "update audit set actor = 'x'",
                "delete from audit",
                "truncate audit",
                "select * from nodes",
                "select * from idempotency_keys",
                "set role smtp_proxy",
                "set role smtp_proxy_platform",
                "set session authorization smtp_proxy",
                "alter table credentials disable row level security",
                "alter table credentials owner to smtp_proxy_runtime",
                "drop policy tenant on credentials",
                "alter role smtp_proxy_runtime bypassrls",
                "copy credentials from stdin",
                "create table mine ()"
            })
    void theTenantsRoleMayNot(String statement) {
        assertThatThrownBy(() -> database.transactions()
                        .forTenant(ACME, sql -> sql.sql(statement).update()))
                .as(statement)
                .rootCause()
                .hasMessageMatching(REFUSED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update audit set actor = 'x'",
                "delete from audit",
                "truncate audit",
                "set role smtp_proxy",
                "alter table audit disable row level security",
                "drop table audit",
                "update installation set master_key_fingerprint = 'x'"
            })
    void theOperatorsRoleMayNot(String statement) {
        assertThatThrownBy(() ->
                        database.transactions().forAll(sql -> sql.sql(statement).update()))
                .as(statement)
                .rootCause()
                .hasMessageMatching(REFUSED);
    }

    /** With row security off, a query that a policy would cut is an error, not a leak. */
    @Test
    void switchingRowSecurityOffShowsNothing() {
        assertThatThrownBy(() -> database.transactions().forTenant(ACME, sql -> {
                    sql.sql("set local row_security = off").update();
                    return sql.sql("select count(*) from credentials")
                            .query(Long.class)
                            .single();
                }))
                .rootCause()
                .hasMessageContaining("would be affected by row-level security");
    }

    @Test
    void aTenantIsForgottenWithItsTransaction() throws SQLException {
        DataSource pool = database.pools().tenants();
        for (int i = 0; i < 20; i++) {
            assertThat(asTenant("select id from tenants")).containsExactly("acme");
            try (Connection connection = pool.getConnection()) {
                assertThat(count(connection, "select count(*) from tenants")).isEqualTo("0");
                connection.rollback();
            }
        }
    }

    private static List<String> asTenant(String query) {
        return database.transactions()
                .forTenant(ACME, sql -> sql.sql(query).query(String.class).list());
    }

    private static String withoutTenant(String query) {
        try (Connection connection = database.pools().tenants().getConnection()) {
            return count(connection, query);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String count(Connection connection, String query) throws SQLException {
        try (Statement sql = connection.createStatement();
                ResultSet rows = sql.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static long count(String table) {
        return database.transactions()
                .forAll(sql -> sql.sql("select count(*) from " + table)
                        .query(Long.class)
                        .single());
    }
}
