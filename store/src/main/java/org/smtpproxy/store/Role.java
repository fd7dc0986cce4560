package org.smtpproxy.store;

import java.util.Locale;

/** What a person or a key may do; {@code interface.md} of the project says what each means. */
public enum Role {
    SUPER_ADMIN,
    TENANT_ADMIN,
    VIEWER;

    /** As in the database and the API. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static Role of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /** A super-admin has no tenant, a tenant-admin has one, a viewer may. */
    void validate(boolean hasTenant) {
        if (this != VIEWER && (this == TENANT_ADMIN) != hasTenant) {
            throw new IllegalArgumentException(
                    word() + (hasTenant ? " is no role within a tenant" : " is a role within a tenant"));
        }
    }
}
