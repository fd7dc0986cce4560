package org.smtpproxy.store;

import java.util.Locale;

/** Whether a tenant's mail is taken and delivered. */
public enum TenantState {
    ACTIVE,
    /** Its queue is held. */
    SUSPENDED,
    /** Refused for good; what it had is kept until it is purged. */
    DELETED;

    /** As in the database and the API. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static TenantState of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
