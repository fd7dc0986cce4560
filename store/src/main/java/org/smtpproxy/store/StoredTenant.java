package org.smtpproxy.store;

import java.time.Instant;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.State;

/** @param settings the tenant without its credentials, providers and routes, which have stores of their own */
public record StoredTenant(
        TenantId id, State.Tenant settings, TenantStatus status, long version, Instant createdAt, Instant updatedAt) {}
