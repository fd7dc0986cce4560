package org.smtpproxy.mail;

import java.util.regex.Pattern;

/** A tenant's name: {@code [a-z0-9-]}, 1 to 63 characters, as in the state file and the REST paths. */
public record TenantId(String value) implements Comparable<TenantId> {
    private static final Pattern FORM = Pattern.compile("[a-z0-9-]{1,63}");

    public TenantId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("a tenant id is 1 to 63 characters of a-z, 0-9 and '-', not: " + value);
        }
    }

    @Override
    public int compareTo(TenantId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
