package org.smtpproxy.queue.encryption;

import java.io.IOException;

/** What was read is not what was written: cut off, altered, or another message's. */
public final class DamagedException extends IOException {
    private static final long serialVersionUID = 1L;

    public DamagedException(String message) {
        super(message);
    }
}
