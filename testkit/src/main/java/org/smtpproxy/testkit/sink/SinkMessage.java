package org.smtpproxy.testkit.sink;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A message the sink said 2xx to, or whose reply a fault took the place of.
 *
 * @param connection which connection brought it, counted from 1
 * @param mail the MAIL command as received
 * @param recipients the RCPT commands that were accepted, as received
 * @param content dots unstuffed
 * @param chunked whether it came by BDAT
 * @param tls whether the connection was encrypted
 * @param user who had logged in
 * @param acknowledged whether the sink answered 2xx
 */
@SuppressWarnings("ArrayRecordComponent") // tests compare the content itself, never whole records
public record SinkMessage(
        int connection,
        String mail,
        List<String> recipients,
        byte[] content,
        boolean chunked,
        boolean tls,
        Optional<String> user,
        boolean acknowledged) {
    public SinkMessage {
        recipients = List.copyOf(recipients);
    }

    /** The content, read as UTF-8. */
    public String text() {
        return new String(content, StandardCharsets.UTF_8);
    }
}
