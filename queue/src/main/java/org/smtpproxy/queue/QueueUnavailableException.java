package org.smtpproxy.queue;

/** The store can't promise anything now: disk full, I/O error, closing. Nothing was acknowledged. */
public class QueueUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public QueueUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    public QueueUnavailableException(String message) {
        super(message);
    }
}
