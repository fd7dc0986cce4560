package org.smtpproxy.smtp.client;

/** Where in the dialogue a reply was given or the connection broke, in the order of a session. */
public enum Phase {
    CONNECT("connecting"),
    TLS("the TLS handshake"),
    GREETING("the greeting"),
    EHLO("EHLO"),
    STARTTLS("STARTTLS"),
    AUTH("AUTH"),
    MAIL("MAIL"),
    RCPT("RCPT"),
    DATA("DATA"),
    /** While content is sent, and the reply to all of it. */
    CONTENT("the content");

    private final String words;

    Phase(String words) {
        this.words = words;
    }

    /** For texts: "no answer to MAIL". */
    public String words() {
        return words;
    }
}
