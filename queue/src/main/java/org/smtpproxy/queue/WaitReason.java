package org.smtpproxy.queue;

import java.util.Locale;

/** Why a part waits, so that an operator can tell whose turn it is. */
public enum WaitReason {
    /** Not tried yet. */
    FRESH,
    /** The provider could not be reached or had passing trouble. */
    TRANSIENT,
    THROTTLED,
    GREYLISTED,
    /** The provider refuses the account: credentials, domain, suspension. */
    CONFIGURATION,
    /** The provider may have it; the last answer never came. */
    IN_DOUBT;

    /** As printed: lower case. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
