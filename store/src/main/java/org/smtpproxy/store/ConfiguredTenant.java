package org.smtpproxy.store;

import java.util.List;

import org.smtpproxy.tenancy.state.State;

/**
 * A tenant as the relay needs it.
 *
 * @param tenant with those credentials that aren't disabled; references unresolved, hashes as {@link StoredSecret#text}
 * @param credentials all of them, with what a state has no words for
 */
public record ConfiguredTenant(State.Tenant tenant, TenantStatus status, List<StoredCredential> credentials) {
    public ConfiguredTenant {
        credentials = List.copyOf(credentials);
    }
}
