package org.smtpproxy.mail;

import java.io.IOException;
import java.io.InputStream;

/** A message's octets, header and body, lines ending in CRLF, not dot-stuffed. Can be read any number of times. */
public interface MessageContent {
    /** Length in octets. */
    long size();

    /** A new stream from the first octet. A reader notices truncation or tampering as an {@link IOException}. */
    InputStream open() throws IOException;
}
