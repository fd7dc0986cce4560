package org.smtpproxy.mail;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A provider account: one set of credentials at one ESP. Either a tenant's own, printed {@code acme/relay-a}, or
 * shared between tenants, printed {@code pooled-ses}.
 */
public record AccountId(Optional<TenantId> owner, String name) implements Comparable<AccountId> {
    private static final Pattern FORM = Pattern.compile("[a-z0-9][a-z0-9._-]{0,62}");

    public AccountId {
        if (!FORM.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "a provider id is 1 to 63 characters of a-z, 0-9, '.', '_' and '-', not: " + name);
        }
    }

    public static AccountId own(TenantId owner, String name) {
        return new AccountId(Optional.of(owner), name);
    }

    public static AccountId shared(String name) {
        return new AccountId(Optional.empty(), name);
    }

    /** The inverse of {@link #toString()}. */
    public static AccountId parse(String text) {
        int slash = text.indexOf('/');
        return slash < 0 ? shared(text) : own(new TenantId(text.substring(0, slash)), text.substring(slash + 1));
    }

    @Override
    public int compareTo(AccountId other) {
        return toString().compareTo(other.toString());
    }

    @Override
    public String toString() {
        return owner.map(tenant -> tenant + "/" + name).orElse(name);
    }
}
