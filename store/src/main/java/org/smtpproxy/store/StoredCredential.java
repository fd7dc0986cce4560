package org.smtpproxy.store;

import java.time.Instant;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;

/**
 * A login of a tenant.
 *
 * @param previous what it had before it was rotated, good for a while yet
 */
public record StoredCredential(
        TenantId tenant,
        String id,
        String username,
        StoredSecret secret,
        Optional<Previous> previous,
        boolean disabled,
        Optional<Instant> lastUsedAt,
        Instant createdAt,
        long version) {

    public record Previous(StoredSecret secret, Instant until) {}
}
