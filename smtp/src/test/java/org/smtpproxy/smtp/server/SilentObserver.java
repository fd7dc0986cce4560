package org.smtpproxy.smtp.server;

/** For tests that don't care. */
final class SilentObserver implements ServerObserver {
    @Override
    public void sessionOpened() {}

    @Override
    public void sessionClosed() {}

    @Override
    public void sessionRefused(Refusal reason) {}

    @Override
    public void authenticationFailed() {}

    @Override
    public void tlsFailed() {}

    @Override
    public void sessionOverdue() {}
}
