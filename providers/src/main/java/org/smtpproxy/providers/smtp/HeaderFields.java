package org.smtpproxy.providers.smtp;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

import org.smtpproxy.mail.MessageContent;

/** The configured header fields of an account, put on top of each message; the rest stays as it is. */
final class HeaderFields {
    private final byte[] octets;

    HeaderFields(Map<String, String> fields) {
        StringBuilder text = new StringBuilder();
        fields.forEach(
                (name, value) -> text.append(name).append(": ").append(value).append("\r\n"));
        octets = text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    MessageContent on(MessageContent content) {
        return octets.length == 0 ? content : new Headed(content);
    }

    private final class Headed implements MessageContent {
        private final MessageContent rest;

        private Headed(MessageContent rest) {
            this.rest = rest;
        }

        @Override
        public long size() {
            return octets.length + rest.size();
        }

        @Override
        public InputStream open() throws IOException {
            return new SequenceInputStream(new ByteArrayInputStream(octets), rest.open());
        }
    }
}
