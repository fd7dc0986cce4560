package org.smtpproxy.tenancy;

/** Why a recipient has to wait, as far as the retry policy tells failures apart. */
public enum FailureType {
    /** Unreachable, 4xx, connection lost. */
    TRANSIENT,
    /** The provider wants fewer messages. */
    THROTTLED,
    /** Refused for now because sender and recipient met for the first time (RFC 6647). */
    GREYLISTED,
    /** The account is refused, not the mail. Only the lifetime ends these attempts, never their number. */
    CONFIGURATION
}
