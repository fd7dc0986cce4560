package org.smtpproxy.queue.embedded;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.queue.Lease;
import org.smtpproxy.queue.encryption.MessageKey;

/** A part under lease. Guarded by the lock of {@link Schedule}, but for what its owner reads from disk. */
final class Claimed {
    private final WaitingPart part;
    private Lease lease;
    private long end;
    private boolean settling;
    private boolean attempted;
    private volatile @Nullable Rows rows;

    /** What its rows tell, and the key that opens them. */
    private record Rows(MessageHead head, PartState state, MessageKey key) {}

    /** @param end when the lease ends, by the time that {@link Leases} measures */
    Claimed(WaitingPart part, Lease lease, long end) {
        this.part = part;
        this.lease = lease;
        this.end = end;
    }

    WaitingPart part() {
        return part;
    }

    Lease lease() {
        return lease;
    }

    long end() {
        return end;
    }

    void extend(Lease longer, long laterEnd) {
        lease = longer;
        end = laterEnd;
    }

    /** Its owner opened the part's attempt slot; otherwise an open one tells of an owner before. */
    boolean isAttempted() {
        return attempted;
    }

    void attempted() {
        attempted = true;
    }

    /** An outcome is being written: the lease doesn't expire. */
    boolean isSettling() {
        return settling;
    }

    void settling(boolean now) {
        settling = now;
    }

    void read(MessageHead head, PartState state, MessageKey key) {
        rows = new Rows(head, state, key);
    }

    boolean isRead() {
        return rows != null;
    }

    MessageHead head() {
        return rows().head();
    }

    PartState state() {
        return rows().state();
    }

    MessageKey key() {
        return rows().key();
    }

    private Rows rows() {
        Rows known = rows;
        if (known == null) {
            throw new IllegalStateException("part " + part.id() + " was not handed out");
        }
        return known;
    }
}
