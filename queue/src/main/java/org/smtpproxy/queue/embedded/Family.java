package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;

/** The column families of the spool. {@code docs/spool.md} describes their keys and values. */
enum Family {
    /** Format, key fingerprint, tenants' wrapped keys, consumers' cursors. */
    META("default", 1),
    /** What all parts of a message share, by message. */
    MESSAGES("messages", 8),
    /** Sealed content that is small enough, by message. */
    CONTENT("content", 32),
    /** Recipients and their states, by part. */
    PARTS("parts", 8),
    /** Waiting and leased parts by lane and due time. */
    DUE("due", 8),
    EVENTS("events", 8),
    /** Recipients given up on, by tenant and part. */
    DEAD("dead", 2);

    private final String word;
    private final int bufferMegabytes;

    Family(String word, int bufferMegabytes) {
        this.word = word;
        this.bufferMegabytes = bufferMegabytes;
    }

    byte[] octets() {
        return word.getBytes(StandardCharsets.US_ASCII);
    }

    long bufferBytes() {
        return bufferMegabytes * 1024L * 1024L;
    }
}
