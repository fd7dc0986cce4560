package org.smtpproxy.store;

import java.util.Collection;
import java.util.List;

import org.smtpproxy.tenancy.state.Problem;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What only a look at all tenants shows. Asked under the configuration's lock, after the change was written, as the
 * platform. The answers never name another tenant, but for shared providers, which are the operator's.
 */
final class ConfigurationConflicts {
    private static final int MOST_NAMED = 5;

    private ConfigurationConflicts() {}

    /** User names to be added that somebody has. */
    static List<Problem> ofUsernames(JdbcClient sql, Collection<ConfigurationWriter.Credential> added) {
        return sql
                .sql("select username from credentials where username = any (?) order by username")
                .param(added.stream()
                        .map(ConfigurationWriter.Credential::username)
                        .toArray(String[]::new))
                .query(String.class)
                .list()
                .stream()
                .map(name -> new Problem(0, "", "user name " + name + " is already in use"))
                .toList();
    }

    /** Networks of these tenants that overlap with those of others. */
    static List<Problem> ofNetworks(JdbcClient sql, Collection<String> tenants) {
        return sql.sql("""
                        with trusted as (
                            select id, network::inet as network
                            from tenants, jsonb_array_elements_text(settings -> 'trustedNetworks') as network
                            where settings ?? 'trustedNetworks' and state <> 'deleted'
                        )
                        select distinct mine.id, host(mine.network) || '/' || masklen(mine.network) as network
                        from trusted mine join trusted other on mine.network && other.network and mine.id <> other.id
                        where mine.id = any (:tenants)
                        order by 1, 2
                        """)
                .param("tenants", tenants.toArray(String[]::new))
                .query((row, number) -> new Problem(
                        0,
                        "",
                        "trusted network " + row.getString("network") + " of tenant " + row.getString("id")
                                + " overlaps one of another tenant"))
                .list();
    }

    /** Tenants whose routes name one of these providers, which they may not or which isn't there. */
    static List<Problem> ofShared(JdbcClient sql, Collection<String> providers) {
        return providers.stream()
                .flatMap(provider -> naming(sql, provider).stream()
                        .map(tenant -> new Problem(
                                0,
                                "",
                                "shared provider " + provider + " is named by the routes of tenant " + tenant
                                        + ": change these first")))
                .toList();
    }

    private static List<String> naming(JdbcClient sql, String provider) {
        return sql.sql("""
                        select r.tenant_id
                        from routes r join tenants t on t.id = r.tenant_id
                        where t.state <> 'deleted'
                        and jsonb_path_exists(r.rules, '$[*].to[*] ? (@ == $p || @.provider == $p)',
                            jsonb_build_object('p', cast(:provider as text)))
                        and not exists (select from providers p where p.tenant_id = r.tenant_id and p.id = :provider)
                        and not exists (select from shared_providers s where s.id = :provider
                            and (s.grants is null or r.tenant_id = any (s.grants)))
                        order by r.tenant_id limit :most
                        """)
                .param("provider", provider)
                .param("most", MOST_NAMED)
                .query(String.class)
                .list();
    }
}
