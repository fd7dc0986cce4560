package org.smtpproxy.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.Problem;
import org.smtpproxy.tenancy.state.State;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * How one tenant's configuration is changed: under the configuration's lock, judged as a whole after the change, and
 * told to all nodes with a new epoch. What doesn't end well leaves no trace.
 */
final class TenantChange {
    private final Transactions transactions;
    private final ConfigurationCheck check;
    private final ConfigurationReader reader;

    TenantChange(Transactions transactions, SecretCodec codec, ConfigurationCheck check) {
        this.transactions = transactions;
        this.check = check;
        this.reader = new ConfigurationReader(codec);
    }

    /** In the tenant's own transaction. */
    <T> Outcome<T> inTenant(TenantId tenant, String resource, Function<JdbcClient, Outcome<T>> work) {
        return undoing(() -> transactions.forTenant(tenant, sql -> {
            ConfigurationLock.lock(sql);
            return exists(sql, tenant) ? judged(sql, tenant, resource, work.apply(sql)) : new Outcome.Missing<>();
        }));
    }

    /** In a transaction of the operator, for what isn't the tenant's to do. */
    <T> Outcome<T> asOperator(TenantId tenant, String resource, Function<JdbcClient, Outcome<T>> work) {
        return undoing(() -> transactions.forAll(sql -> {
            ConfigurationLock.lock(sql);
            Outcome<T> outcome = judged(sql, tenant, resource, work.apply(sql));
            refuse(ConfigurationConflicts.ofNetworks(sql, List.of(tenant.value())));
            return outcome;
        }));
    }

    private static boolean exists(JdbcClient sql, TenantId tenant) {
        return sql.sql("select exists (select from tenants where id = ? and state <> 'deleted')")
                .param(tenant.value())
                .query(Boolean.class)
                .single();
    }

    private <T> Outcome<T> judged(JdbcClient sql, TenantId tenant, String resource, Outcome<T> outcome) {
        if (!(outcome instanceof Outcome.Done<T>)) {
            throw new Undone(outcome);
        }
        ConfigurationReader.Row row =
                reader.tenants(sql, List.of(tenant.value())).get(tenant.value());
        if (row != null && row.status().state() != TenantState.DELETED) {
            refuse(check.problems(around(sql, row)));
        }
        ConfigurationLock.record(sql, resource, List.of(tenant.value()));
        return outcome;
    }

    /** The tenant and the shared providers it may name, as if there were no other tenants. */
    private State around(JdbcClient sql, ConfigurationReader.Row row) {
        String tenant = row.document().id();
        Map<String, Documents.Provider> granted = new LinkedHashMap<>();
        reader.shared(sql).forEach((id, provider) -> {
            if (provider.grants().isEmpty() || provider.grants().get().contains(tenant)) {
                granted.put(id, new Documents.Provider(id, provider.type(), Optional.empty(), provider.settings()));
            }
        });
        return new Documents.Whole(granted, Map.of(tenant, row.document())).state();
    }

    private static void refuse(List<Problem> problems) {
        if (!problems.isEmpty()) {
            throw new Undone(new Outcome.Refused<>(problems));
        }
    }

    /** Also for changes that aren't the configuration's. */
    static <T> Outcome<T> undoing(Supplier<Outcome<T>> transaction) {
        try {
            return transaction.get();
        } catch (Undone undone) {
            return undone.as(Outcome.class);
        } catch (DuplicateKeyException e) {
            return new Outcome.Taken<>(column(e));
        }
    }

    /** Indexes are called {@code <table>_by_<column>}; any other is the primary key. */
    private static String column(DuplicateKeyException e) {
        String constraint = e.getMostSpecificCause() instanceof PSQLException sql
                ? Optional.ofNullable(sql.getServerErrorMessage())
                        .map(ServerErrorMessage::getConstraint)
                        .orElse("")
                : "";
        int by = Objects.requireNonNull(constraint).indexOf("_by_");
        return by < 0 ? "id" : constraint.substring(by + "_by_".length());
    }
}
