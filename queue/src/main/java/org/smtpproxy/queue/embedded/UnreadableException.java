package org.smtpproxy.queue.embedded;

import org.smtpproxy.queue.QueueUnavailableException;

/** Something in the open store can't be read: what needs it fails, and all the rest goes on. */
final class UnreadableException extends QueueUnavailableException {
    private static final long serialVersionUID = 1L;

    UnreadableException(String message, Throwable cause) {
        super(message, cause);
    }
}
