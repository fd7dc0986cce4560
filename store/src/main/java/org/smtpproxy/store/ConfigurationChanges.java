package org.smtpproxy.store;

import java.util.Set;

import org.smtpproxy.mail.TenantId;

/**
 * What changed after some epoch.
 *
 * @param epoch up to which this tells
 * @param everything whether that is so long ago that it isn't known any more: read all of it
 * @param tenants whose configuration changed, also those that are gone
 * @param shared whether a shared provider did
 */
public record ConfigurationChanges(long epoch, boolean everything, Set<TenantId> tenants, boolean shared) {
    public ConfigurationChanges {
        tenants = Set.copyOf(tenants);
    }
}
