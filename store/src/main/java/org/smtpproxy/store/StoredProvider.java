package org.smtpproxy.store;

import java.time.Instant;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.State;

/**
 * A provider account.
 *
 * @param tenant empty for a shared one
 * @param provider with its secrets readable: mask them before anyone sees it
 */
public record StoredProvider(
        Optional<TenantId> tenant, State.Provider provider, long version, Instant createdAt, Instant updatedAt) {}
