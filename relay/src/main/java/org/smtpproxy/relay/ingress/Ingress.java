package org.smtpproxy.relay.ingress;

import org.smtpproxy.relay.acceptance.Acceptance;
import org.smtpproxy.smtp.server.SessionHandler;
import org.smtpproxy.smtp.server.SessionInfo;
import org.smtpproxy.tenancy.ConfigurationSource;

/** Opens the policy side of every connection. */
public final class Ingress implements SessionHandler.Factory {
    private final ConfigurationSource configuration;
    private final Acceptance acceptance;

    public Ingress(ConfigurationSource configuration, Acceptance acceptance) {
        this.configuration = configuration;
        this.acceptance = acceptance;
    }

    @Override
    public SessionHandler open(SessionInfo session) {
        return new ClientSession(configuration, acceptance, session);
    }
}
