package org.smtpproxy.store;

import java.time.Instant;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;

/**
 * A key of a program; what of it is kept is a keyed hash.
 *
 * @param createdBy who made it, for people to read
 */
public record ApiKey(
        String id,
        String name,
        Role role,
        Optional<TenantId> tenant,
        Optional<Instant> expiresAt,
        Optional<Instant> lastUsedAt,
        String createdBy,
        Instant createdAt) {}
