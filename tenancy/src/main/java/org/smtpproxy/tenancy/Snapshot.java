package org.smtpproxy.tenancy;

import java.net.InetAddress;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Secret;
import org.smtpproxy.mail.TenantId;

/**
 * The whole configuration at one moment, immutable: what a transaction or an attempt reads it reads from one snapshot,
 * whose epoch is logged. Lookups cost a hash or a binary search, also with 100,000 tenants.
 */
public final class Snapshot {
    private final long epoch;
    private final Map<TenantId, TenantSnapshot> tenants;
    private final Map<String, Login> logins;
    private final TrustedNetworks trusted;
    private final Map<AccountId, ProviderDefinition> providers;
    /** Checked in place of a login that doesn't exist, so that the time taken doesn't tell. */
    private final Login nobody;

    Snapshot(
            long epoch,
            Map<TenantId, TenantSnapshot> tenants,
            Map<String, Login> logins,
            TrustedNetworks trusted,
            Map<AccountId, ProviderDefinition> providers,
            Login nobody) {
        this.epoch = epoch;
        this.tenants = Collections.unmodifiableMap(tenants);
        this.logins = logins;
        this.trusted = trusted;
        this.providers = Collections.unmodifiableMap(providers);
        this.nobody = nobody;
    }

    public long epoch() {
        return epoch;
    }

    /** Whether a client may log in. An unknown name costs the same work as a wrong password. */
    public boolean verify(String username, Secret password) {
        Login login = logins.get(username);
        boolean matches = (login == null ? nobody : login).verify(password);
        return matches && login != null;
    }

    /** The login of a name that was verified, or was when the session began. */
    public Optional<Login> login(String username) {
        return Optional.ofNullable(logins.get(username));
    }

    /** The tenant that clients of this address submit as without logging in. */
    public Optional<TenantId> trusted(InetAddress client) {
        return trusted.tenantOf(client);
    }

    public Optional<TenantSnapshot> tenant(TenantId id) {
        return Optional.ofNullable(tenants.get(id));
    }

    /** In the order of the configuration. */
    public Collection<TenantSnapshot> tenants() {
        return tenants.values();
    }

    public Optional<ProviderDefinition> provider(AccountId id) {
        return Optional.ofNullable(providers.get(id));
    }

    /** Every account, shared and tenants' own, in the order of the configuration. */
    public Collection<ProviderDefinition> providers() {
        return providers.values();
    }
}
