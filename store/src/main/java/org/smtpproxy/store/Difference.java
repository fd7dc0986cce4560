package org.smtpproxy.store;

import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;

/**
 * One resource that an applied state changes.
 *
 * @param tenant empty for a shared provider
 * @param id user name for a credential, {@code routes} for a tenant's routes
 * @param keys what differs of a changed one; never values, which may be secrets
 */
public record Difference(Kind kind, Resource resource, Optional<TenantId> tenant, String id, List<String> keys) {
    public enum Kind {
        ADDED,
        CHANGED,
        REMOVED
    }

    public enum Resource {
        TENANT,
        CREDENTIAL,
        PROVIDER,
        ROUTES
    }

    public Difference {
        keys = List.copyOf(keys);
    }
}
