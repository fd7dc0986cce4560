package org.smtpproxy.store;

import java.util.Collection;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The one row that every change of the configuration locks first. So changes come one after the other, epochs become
 * visible in their order, and nothing that was judged good is changed before it is written.
 */
final class ConfigurationLock {
    static final String CHANNEL = "smtp_proxy_config";

    /** As the tenant of changes that are no tenant's. */
    static final String SHARED = "";

    private ConfigurationLock() {}

    /** Held until the transaction ends. */
    static long lock(JdbcClient sql) {
        return sql.sql("select epoch from config_epoch for update")
                .query(Long.class)
                .single();
    }

    /**
     * Counts the change and tells all nodes of it when the transaction commits.
     *
     * @param tenants whom it touches
     */
    static long record(JdbcClient sql, String resource, Collection<String> tenants) {
        long epoch = sql.sql("update config_epoch set epoch = epoch + 1 returning epoch")
                .query(Long.class)
                .single();
        sql.sql("""
                        insert into config_changes (epoch, tenant_id, resource)
                        select :epoch, nullif(tenant, ''), :resource from unnest(cast(:tenants as text[])) as tenant
                        """)
                .param("epoch", epoch)
                .param("resource", resource)
                .param("tenants", tenants.toArray(String[]::new))
                .update();
        sql.sql("select pg_notify(?, ?)").params(CHANNEL, Long.toString(epoch)).query(rows -> {});
        return epoch;
    }
}
