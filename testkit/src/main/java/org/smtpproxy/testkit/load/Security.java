package org.smtpproxy.testkit.load;

/** How a connection is protected. */
public enum Security {
    NONE,
    STARTTLS,
    IMPLICIT
}
