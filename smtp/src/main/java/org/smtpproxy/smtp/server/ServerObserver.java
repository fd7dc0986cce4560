package org.smtpproxy.smtp.server;

/** What a server tells its metrics; called from the sessions' and listeners' threads, must not block. */
public interface ServerObserver {
    /** Why a connection got no session. */
    enum Refusal {
        LISTENER_FULL,
        CLIENT_LIMIT,
        /** The handler refused it, or failed, before the banner. */
        POLICY
    }

    void sessionOpened();

    void sessionClosed();

    void sessionRefused(Refusal reason);

    void authenticationFailed();

    void tlsFailed();

    /** A session was cut off because its client was too slow. */
    void sessionOverdue();
}
