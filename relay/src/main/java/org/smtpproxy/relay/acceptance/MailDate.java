package org.smtpproxy.relay.acceptance;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times as mail headers have them (RFC 5322 section 3.3), in UTC. */
final class MailDate {
    private static final DateTimeFormatter FORM =
            DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss Z", Locale.US).withZone(ZoneOffset.UTC);

    private MailDate() {}

    static String format(Instant time) {
        return FORM.format(time);
    }
}
