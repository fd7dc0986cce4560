package org.smtpproxy.store;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The SMTP logins of a tenant. Their secrets come hashed, or as references. */
public final class CredentialStore {
    static final String LIST =
            "select * from credentials where tenant_id = :tenant and id > :after order by id limit :rows";

    private final Transactions transactions;
    private final TenantChange change;

    public CredentialStore(Transactions transactions, SecretCodec codec, ConfigurationCheck check) {
        this.transactions = transactions;
        this.change = new TenantChange(transactions, codec, check);
    }

    /** Oldest first. */
    public Page<StoredCredential> list(TenantId tenant, PageRequest page) {
        String after = page.after();
        return transactions.readForTenant(
                tenant,
                sql -> Page.of(
                        sql.sql(LIST)
                                .param("tenant", tenant.value())
                                .param("after", after)
                                .param("rows", page.rows())
                                .query((row, number) -> ConfigurationReader.credential(row))
                                .list(),
                        page,
                        StoredCredential::id));
    }

    public Optional<StoredCredential> find(TenantId tenant, String id) {
        return transactions.forTenant(tenant, sql -> find(sql, tenant, id));
    }

    /** {@link Outcome.Taken} when anybody has the user name. */
    public Outcome<StoredCredential> create(TenantId tenant, String username, StoredSecret secret) {
        return change.inTenant(tenant, "credential", sql -> {
            String id = ConfigurationWriter.newId(Instant.now());
            sql.sql("""
                            insert into credentials (tenant_id, id, username, secret_kind, secret)
                            values (:tenant, :id, :username, :kind, :secret)
                            """)
                    .param("tenant", tenant.value())
                    .param("id", id)
                    .param("username", username)
                    .param("kind", secret.kind().word())
                    .param("secret", secret.value())
                    .update();
            return found(sql, tenant, id);
        });
    }

    /** @param oldUntil until when the secret before is good as well; now or earlier for not at all */
    public Outcome<StoredCredential> rotate(TenantId tenant, String id, StoredSecret secret, Instant oldUntil) {
        return change.inTenant(tenant, "credential", sql -> {
            int changed = sql.sql("""
                            update credentials
                            set previous_secret_kind = case when :until > now() then secret_kind end,
                                previous_secret = case when :until > now() then secret end,
                                previous_until = case when :until > now() then :until end,
                                secret_kind = :kind, secret = :secret, version = version + 1
                            where tenant_id = :tenant and id = :id
                            """)
                    .param("until", Rows.time(oldUntil))
                    .param("kind", secret.kind().word())
                    .param("secret", secret.value())
                    .param("tenant", tenant.value())
                    .param("id", id)
                    .update();
            return changed == 0 ? new Outcome.Missing<>() : found(sql, tenant, id);
        });
    }

    public Outcome<StoredCredential> setDisabled(TenantId tenant, String id, boolean disabled) {
        return change.inTenant(tenant, "credential", sql -> {
            int changed = sql.sql("""
                            update credentials set disabled = :disabled, version = version + 1
                            where tenant_id = :tenant and id = :id
                            """)
                    .param("disabled", disabled)
                    .param("tenant", tenant.value())
                    .param("id", id)
                    .update();
            return changed == 0 ? new Outcome.Missing<>() : found(sql, tenant, id);
        });
    }

    public Outcome<StoredCredential> delete(TenantId tenant, String id) {
        return change.inTenant(tenant, "credential", sql -> {
            Optional<StoredCredential> stored = find(sql, tenant, id);
            if (stored.isEmpty()) {
                return new Outcome.Missing<>();
            }
            sql.sql("delete from credentials where tenant_id = :tenant and id = :id")
                    .param("tenant", tenant.value())
                    .param("id", id)
                    .update();
            return new Outcome.Done<>(stored.get());
        });
    }

    /** Notes when user names were last used; that is no change of the configuration. */
    public void used(Map<String, Instant> byUsername) {
        Collection<String> usernames = byUsername.keySet();
        transactions.forAll(sql -> sql.sql("""
                        update credentials c set last_used_at = greatest(c.last_used_at, given.at)
                        from unnest(cast(:usernames as text[]), cast(:times as timestamptz[])) as given (username, at)
                        where c.username = given.username
                        """)
                .param("usernames", usernames.toArray(String[]::new))
                .param(
                        "times",
                        List.copyOf(byUsername.values()).stream()
                                .map(Instant::toString)
                                .toArray(String[]::new))
                .update());
    }

    private static Optional<StoredCredential> find(JdbcClient sql, TenantId tenant, String id) {
        return sql.sql("select * from credentials where tenant_id = :tenant and id = :id")
                .param("tenant", tenant.value())
                .param("id", id)
                .query((row, number) -> ConfigurationReader.credential(row))
                .optional();
    }

    private static Outcome<StoredCredential> found(JdbcClient sql, TenantId tenant, String id) {
        return new Outcome.Done<>(find(sql, tenant, id).orElseThrow());
    }
}
