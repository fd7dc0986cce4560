package org.smtpproxy.queue.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.DeliveryEvent;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.TenantId;

/** How an event is written: all of it but tenant and message, which its row tells. */
final class EventFields {
    /** Whom the events of a row are about. */
    record Subject(TenantId tenant, MessageId message) {
        static Subject decode(Decoder clear) {
            return new Subject(new TenantId(clear.text()), clear.messageId());
        }
    }

    private EventFields() {}

    static void encode(DeliveryEvent event, Encoder fields) {
        fields.text(event.type().word())
                .instant(event.time())
                .text(event.sender())
                .optionalAddress(event.recipient())
                .optionalText(event.account().map(AccountId::toString))
                .optionalText(event.route())
                .number(event.attempt())
                .optionalReply(event.response())
                .duration(event.latency())
                .duration(event.queued())
                .text(event.sessionId());
    }

    static List<DeliveryEvent> decode(Decoder fields, Subject subject, int count) {
        List<DeliveryEvent> events = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            DeliveryEvent.Type type = DeliveryEvent.Type.valueOf(fields.text().toUpperCase(Locale.ROOT));
            events.add(new DeliveryEvent(
                    type,
                    fields.instant(),
                    subject.tenant(),
                    subject.message(),
                    fields.text(),
                    fields.optionalAddress(),
                    fields.optionalText().map(AccountId::parse),
                    fields.optionalText(),
                    fields.smallNumber(),
                    fields.optionalReply(),
                    fields.duration(),
                    fields.duration(),
                    fields.text()));
        }
        return events;
    }
}
