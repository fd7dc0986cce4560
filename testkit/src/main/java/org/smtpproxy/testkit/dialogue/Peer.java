package org.smtpproxy.testkit.dialogue;

import java.io.IOException;
import java.util.Optional;

/** The server a dialogue is played against. */
public interface Peer extends AutoCloseable {
    void send(byte[] octets) throws IOException;

    /** The next line without CRLF, octets as ISO 8859-1 characters; empty when the server has closed. */
    Optional<String> readLine() throws IOException;

    /** Shakes hands; what was read in the clear but not asked for is a protocol error. */
    void startTls() throws IOException;

    @Override
    void close() throws IOException;
}
