package org.smtpproxy.store;

/** The database can't be used as it is; the message says to the operator why and what to do. */
public final class DatabaseRefusedException extends RuntimeException {
    DatabaseRefusedException(String message) {
        super(message);
    }

    DatabaseRefusedException(String message, Throwable cause) {
        super(message, cause);
    }
}
