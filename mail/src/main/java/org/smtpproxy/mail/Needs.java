package org.smtpproxy.mail;

/**
 * What a hop must be able to do to carry a message unchanged.
 *
 * @param eightBit the content has octets above 127 (8BITMIME, RFC 6152)
 * @param utf8 an address or header is not ASCII (SMTPUTF8, RFC 6531)
 */
public record Needs(boolean eightBit, boolean utf8) {
    public static final Needs NOTHING = new Needs(false, false);
}
