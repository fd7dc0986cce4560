package org.smtpproxy.relay.events;

import java.util.Optional;
import java.util.regex.Pattern;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.relay.provider.Answered;
import org.smtpproxy.smtp.server.SessionInfo;

/**
 * The log records of a message's life. Each carries session, message and tenant, so that one search finds the whole
 * story. Addresses are masked unless the operator chose to see them.
 */
public final class DeliveryLog {
    private static final Logger LOG = LoggerFactory.getLogger("smtp-proxy.mail");
    private static final Pattern ADDRESS = Pattern.compile("([^\\s<>\"@])[^\\s<>@]*@([^\\s<>@]+)");

    private final boolean showAddresses;

    /** @param showAddresses whether addresses are written in full */
    public DeliveryLog(boolean showAddresses) {
        this.showAddresses = showAddresses;
    }

    public void authenticated(SessionInfo session, TenantId tenant) {
        LOG.atDebug()
                .addKeyValue("session_id", session.id())
                .addKeyValue("tenant", text(tenant))
                .log("authenticated");
    }

    public void loginRefused(SessionInfo session) {
        LOG.atInfo()
                .addKeyValue("session_id", session.id())
                .addKeyValue("client", session.client().getHostAddress())
                .log("login refused");
    }

    /** A message is durable. */
    public void accepted(DeliveryEvent accepted, int recipients, long size) {
        record(accepted)
                .addKeyValue("recipients", recipients)
                .addKeyValue("size", size)
                .log("accepted");
    }

    /** Content was refused by policy. */
    public void rejected(SessionInfo session, TenantId tenant, MessageId id, Reply reply) {
        about(session, tenant, id).addKeyValue("response", shown(reply)).log("rejected");
    }

    /** A message could not be stored; the client was told to come again. */
    public void trouble(SessionInfo session, TenantId tenant, MessageId id, Exception cause) {
        about(session, tenant, id).addKeyValue("cause", cause.getMessage()).log("not stored");
    }

    /** A candidate did not take a message that another one, or a later attempt, may still deliver. */
    public void refused(LeasedPart part, Answered answered) {
        LOG.atInfo()
                .addKeyValue("session_id", part.sessionId())
                .addKeyValue("id", text(part.message()))
                .addKeyValue("tenant", text(part.lane().tenant()))
                .addKeyValue("provider", text(answered.account()))
                .addKeyValue("response", shown(answered.answer().reply()))
                .addKeyValue("latency_ms", answered.latency().toMillis())
                .log("refused");
    }

    /** A crash cut an attempt off: the provider may have the message already. */
    public void resumedInDoubt(LeasedPart part) {
        LOG.atInfo()
                .addKeyValue("session_id", part.sessionId())
                .addKeyValue("id", text(part.message()))
                .addKeyValue("tenant", text(part.lane().tenant()))
                .addKeyValue(
                        "provider", text(part.inDoubt().map(Object::toString).orElse("")))
                .log("in doubt since an earlier attempt");
    }

    /** What became of a recipient. */
    public void event(DeliveryEvent event) {
        LoggingEventBuilder record = record(event);
        record = with(record, "recipient", event.recipient().map(this::shown));
        record = with(record, "provider", event.account());
        record = with(record, "response", event.response().map(this::shown));
        record.addKeyValue("attempt", event.attempt())
                .addKeyValue("latency_ms", event.latency().toMillis())
                .addKeyValue("queue_ms", event.queued().toMillis())
                .log(event.type().word());
    }

    private LoggingEventBuilder record(DeliveryEvent event) {
        LoggingEventBuilder record = LOG.atInfo()
                .addKeyValue("session_id", event.sessionId())
                .addKeyValue("id", text(event.id()))
                .addKeyValue("tenant", text(event.tenant()))
                .addKeyValue("sender", shown(event.sender()));
        return with(record, "route", event.route());
    }

    private static LoggingEventBuilder with(LoggingEventBuilder record, String key, Optional<?> value) {
        return value.isPresent() ? record.addKeyValue(key, text(value.get())) : record;
    }

    private LoggingEventBuilder about(SessionInfo session, TenantId tenant, MessageId id) {
        return LOG.atInfo()
                .addKeyValue("session_id", session.id())
                .addKeyValue("id", text(id))
                .addKeyValue("tenant", text(tenant));
    }

    /** Encoders of structured logs would take objects apart. */
    private static String text(Object value) {
        return value.toString();
    }

    /** Other servers like to repeat addresses in their replies. */
    private String shown(Reply reply) {
        return showAddresses
                ? reply.toString()
                : ADDRESS.matcher(reply.toString()).replaceAll("$1***@$2");
    }

    private String shown(String address) {
        return address.isEmpty() ? "<>" : shown(EmailAddress.parse(address));
    }

    private String shown(EmailAddress address) {
        return showAddresses ? address.toString() : address.masked();
    }
}
