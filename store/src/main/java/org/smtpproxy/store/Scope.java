package org.smtpproxy.store;

import java.util.Optional;
import java.util.function.Function;

import org.smtpproxy.mail.TenantId;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Whose rows of a table a caller works on, where the operator has rows of its own beside the tenants'. A tenant's work
 * runs in its own transaction, so the database itself hides the rest from it.
 *
 * @param tenant empty for the operator, who sees all
 */
public record Scope(Optional<TenantId> tenant) {
    public static final Scope ALL = new Scope(Optional.empty());

    public static Scope of(TenantId tenant) {
        return new Scope(Optional.of(tenant));
    }

    <T> T write(Transactions transactions, Function<JdbcClient, T> work) {
        return tenant.isPresent() ? transactions.forTenant(tenant.get(), work) : transactions.forAll(work);
    }

    <T> T read(Transactions transactions, Function<JdbcClient, T> work) {
        return tenant.isPresent() ? transactions.readForTenant(tenant.get(), work) : transactions.readForAll(work);
    }

    /** A condition that the tenant's index begins with. */
    String condition() {
        return tenant.isPresent() ? "tenant_id = :tenant" : "true";
    }

    JdbcClient.StatementSpec bind(JdbcClient.StatementSpec statement) {
        return tenant.isPresent() ? statement.param("tenant", tenant.get().value()) : statement;
    }
}
