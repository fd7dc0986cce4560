package org.smtpproxy.queue.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Collections;

import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.queue.encryption.ContentReader;

/** Sealed content before it is enqueued, from where it arrived to. */
final class ArrivedContent implements MessageContent {
    private final Incoming incoming;

    ArrivedContent(Incoming incoming) {
        this.incoming = incoming;
    }

    @Override
    public long size() {
        return incoming.size();
    }

    @Override
    public InputStream open() throws IOException {
        if (incoming.isInFile()) {
            return new ContentReader(incoming.key(), incoming.files().open(incoming.message()), size());
        }
        return new SequenceInputStream(Collections.enumeration(
                incoming.segments().stream().map(ByteArrayInputStream::new).toList()));
    }
}
