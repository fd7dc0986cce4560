package org.smtpproxy.queue;

import org.smtpproxy.mail.MessageContent;

/**
 * The content of a message while it arrives. Small content stays in memory (within the node's budget), the rest is
 * written encrypted and unsynced to its final place. Used by one thread.
 */
public interface IncomingContent extends AutoCloseable {
    /** Adds octets; the array may be reused after. Fails with {@link QueueUnavailableException} when the disk does. */
    void write(byte[] bytes, int offset, int length);

    /** Ends the content. It can be read from now on, and {@link MessageQueue#enqueue} may take it. */
    MessageContent seal();

    /** Frees memory and disk unless an enqueue has taken the content over. */
    @Override
    void close();
}
