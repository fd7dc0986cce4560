package org.smtpproxy.queue.embedded;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.encryption.ContentReader;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MessageKey;

/** A message's content: from memory while it is there, otherwise from its row or file. */
final class StoredContent implements MessageContent {
    private final MessageHead head;
    private final MessageKey key;
    private final Reads reads;
    private final BodyFiles files;
    private final @Nullable FreshMessage fresh;

    StoredContent(MessageHead head, MessageKey key, Reads reads, BodyFiles files, @Nullable FreshMessage fresh) {
        this.head = head;
        this.key = key;
        this.reads = reads;
        this.files = files;
        this.fresh = fresh;
    }

    @Override
    public long size() {
        return head.size();
    }

    @Override
    public InputStream open() throws IOException {
        FreshMessage.Held held = fresh == null ? null : fresh.held();
        if (held != null && !held.segments().isEmpty()) {
            return held.open();
        }
        return new ContentReader(key, head.inFile() ? files.open(head.id()) : row(), head.size());
    }

    private InputStream row() throws IOException {
        try {
            return reads.read(store -> store.find(Family.CONTENT, head.id().toBytes()))
                    .map(ByteArrayInputStream::new)
                    .orElseThrow(() -> new DamagedException("the content of " + head.id() + " is gone"));
        } catch (QueueUnavailableException e) {
            throw new IOException("the content of " + head.id() + " can't be read now", e);
        }
    }
}
