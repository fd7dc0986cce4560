package org.smtpproxy.relay.ingress;

import java.util.Optional;

import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.Secret;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.relay.acceptance.Acceptance;
import org.smtpproxy.relay.acceptance.SenderCheck;
import org.smtpproxy.smtp.server.MailCommand;
import org.smtpproxy.smtp.server.SessionHandler;
import org.smtpproxy.smtp.server.SessionInfo;
import org.smtpproxy.smtp.server.SessionLimits;
import org.smtpproxy.smtp.server.SessionLimits.BareNewlines;
import org.smtpproxy.tenancy.ConfigurationSource;
import org.smtpproxy.tenancy.Limits;
import org.smtpproxy.tenancy.Login;
import org.smtpproxy.tenancy.Snapshot;
import org.smtpproxy.tenancy.TenantSnapshot;

/**
 * One connection's standing: which tenant it submits for, by login or by its trusted address (a login wins). The
 * configuration is read anew for each message, so a revoked login ends with its next MAIL.
 */
final class ClientSession implements SessionHandler {
    private static final Reply BAD_LOGIN = Reply.of(535, "5.7.8", "Authentication credentials invalid");
    private static final Reply LOGIN_FIRST = Reply.of(530, "5.7.0", "Authentication required");
    private static final Reply REVOKED = Reply.of(421, "4.7.0", "This login is no longer valid, closing connection");
    private static final Reply NOT_NOW = Reply.of(451, "4.3.0", "Mail can't be stored now, try again later");
    private static final SessionLimits STRANGER =
            new SessionLimits(Limits.DEFAULT.maxMessageBytes(), Limits.DEFAULT.maxRecipients(), BareNewlines.REJECT);

    private final ConfigurationSource configuration;
    private final Acceptance acceptance;
    private final SessionInfo session;
    private Optional<Login> login = Optional.empty();

    ClientSession(ConfigurationSource configuration, Acceptance acceptance, SessionInfo session) {
        this.configuration = configuration;
        this.acceptance = acceptance;
        this.session = session;
    }

    @Override
    public Optional<Reply> connected() {
        return Optional.empty();
    }

    @Override
    public Optional<Reply> authenticate(String username, Secret password) {
        Snapshot snapshot = configuration.current();
        if (snapshot.verify(username, password)) {
            login = snapshot.login(username);
            login.ifPresent(verified -> acceptance.reporting().log().authenticated(session, verified.tenant()));
            return Optional.empty();
        }
        login = Optional.empty();
        acceptance.reporting().log().loginRefused(session);
        return Optional.of(BAD_LOGIN);
    }

    @Override
    public SessionLimits limits() {
        return tenant(configuration.current()).map(ClientSession::limits).orElse(STRANGER);
    }

    @Override
    public MailDecision mail(MailCommand mail) {
        Snapshot snapshot = configuration.current();
        if (login.isPresent() && !snapshot.login(login.get().username()).equals(login)) {
            return new MailDecision.Refused(REVOKED);
        }
        Optional<TenantSnapshot> tenant = tenant(snapshot);
        if (tenant.isEmpty()) {
            return new MailDecision.Refused(LOGIN_FIRST);
        }
        Optional<Reply> refused = SenderCheck.envelope(tenant.get().senders(), mail.sender());
        if (refused.isPresent()) {
            return new MailDecision.Refused(refused.get());
        }
        return switch (acceptance.queue().health()) {
            case QueueHealth.Failing failing -> new MailDecision.Refused(NOT_NOW);
            case QueueHealth.Healthy healthy -> new MailDecision.Begun(acceptance.begin(tenant.get(), session, mail));
            case QueueHealth.Strained strained -> new MailDecision.Begun(acceptance.begin(tenant.get(), session, mail));
        };
    }

    @Override
    public void closed() {}

    private Optional<TenantSnapshot> tenant(Snapshot snapshot) {
        Optional<TenantId> id = login.map(Login::tenant).or(() -> snapshot.trusted(session.client()));
        return id.flatMap(snapshot::tenant);
    }

    private static SessionLimits limits(TenantSnapshot tenant) {
        return new SessionLimits(
                tenant.limits().maxMessageBytes(),
                tenant.limits().maxRecipients(),
                tenant.normalizeBareNewlines() ? BareNewlines.NORMALIZE : BareNewlines.REJECT);
    }
}
