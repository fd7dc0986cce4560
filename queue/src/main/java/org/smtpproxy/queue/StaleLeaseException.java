package org.smtpproxy.queue;

/** The lease was lost to another owner: the outcome was not written. */
public final class StaleLeaseException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StaleLeaseException(Lease lease) {
        super("lease of part " + lease.part() + " is stale");
    }
}
