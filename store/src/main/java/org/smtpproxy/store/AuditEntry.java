package org.smtpproxy.store;

import java.time.Instant;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;

/**
 * Who did what. The caller has masked the secrets.
 *
 * @param tenant whose resource it was; empty for the operator's own
 * @param actor user or API key
 * @param source the address it came from
 * @param resource what was changed, such as {@code tenants/acme/providers/relay-a}
 * @param before JSON
 * @param after JSON
 * @param outcome such as {@code done} or {@code refused}
 */
public record AuditEntry(
        Instant at,
        Optional<TenantId> tenant,
        String actor,
        String source,
        String action,
        String resource,
        Optional<String> before,
        Optional<String> after,
        String requestId,
        String outcome) {}
