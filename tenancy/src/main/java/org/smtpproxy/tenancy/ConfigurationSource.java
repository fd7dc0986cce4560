package org.smtpproxy.tenancy;

/** Where the configuration comes from: a state file now, a database later. */
public interface ConfigurationSource {
    /** The newest configuration. A transaction or an attempt asks once and keeps to what it got. */
    Snapshot current();
}
