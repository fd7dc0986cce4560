package org.smtpproxy.store;

import java.time.Instant;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;

/**
 * A person who signs in.
 *
 * @param passwordHash argon2id, made by the caller
 */
public record User(
        String id,
        String name,
        String passwordHash,
        Role role,
        Optional<TenantId> tenant,
        boolean disabled,
        Optional<Instant> lastLoginAt,
        Instant createdAt,
        long version) {
    @Override
    public String toString() {
        return "user " + id;
    }
}
