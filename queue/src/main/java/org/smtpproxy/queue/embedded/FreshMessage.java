package org.smtpproxy.queue.embedded;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.Collections;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.queue.encryption.MessageKey;

/**
 * What was just enqueued, kept in memory so that its first delivery needn't read the spool, for as long as
 * {@link ContentMemory} lets it be.
 */
final class FreshMessage {
    private final ContentMemory memory;
    private final long bytes;
    private volatile @Nullable Held held;

    /** @param segments the plain content; none when it is in a file */
    record Held(MessageHead head, PartState part, MessageKey key, List<byte[]> segments) {
        InputStream open() {
            if (segments.size() == 1) {
                return new ByteArrayInputStream(segments.getFirst());
            }
            return new SequenceInputStream(Collections.enumeration(
                    segments.stream().map(ByteArrayInputStream::new).toList()));
        }
    }

    /** @param bytes what was reserved for it */
    FreshMessage(ContentMemory memory, long bytes, Held held) {
        this.memory = memory;
        this.bytes = bytes;
        this.held = held;
    }

    long bytes() {
        return bytes;
    }

    /** What it holds, or null when it was dropped. */
    @Nullable
    Held held() {
        return held;
    }

    void drop() {
        memory.drop(this);
    }

    /** For {@link ContentMemory}, which has taken its octets back. */
    void forget() {
        held = null;
    }
}
