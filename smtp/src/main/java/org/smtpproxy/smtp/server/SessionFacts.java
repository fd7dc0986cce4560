package org.smtpproxy.smtp.server;

import java.net.InetAddress;
import java.util.Optional;

/** What a session has learned of its client so far; written by the session only. */
final class SessionFacts implements SessionInfo {
    private final String id;
    private final InetAddress client;
    private String helo = "";
    private Optional<String> tls = Optional.empty();
    private boolean extended;
    private boolean authenticated;
    private boolean smtpUtf8;
    private boolean stranger = true;

    SessionFacts(String id, InetAddress client) {
        this.id = id;
        this.client = client;
    }

    void greeted(String name, boolean withEhlo) {
        helo = name;
        extended = withEhlo;
    }

    void loggedIn() {
        authenticated = true;
        stranger = false;
    }

    void transactionBegun() {
        stranger = false;
    }

    void mail(boolean withSmtpUtf8) {
        smtpUtf8 = withSmtpUtf8;
    }

    /** RFC 3207 section 4.2: what was learned in the clear is forgotten. */
    void encrypted(String protocolAndCipher) {
        tls = Optional.of(protocolAndCipher);
        helo = "";
        extended = false;
        authenticated = false;
        smtpUtf8 = false;
    }

    boolean isGreeted() {
        return !helo.isEmpty();
    }

    boolean isExtended() {
        return extended;
    }

    /** Has never been allowed anything yet; TLS makes no stranger of a client again. */
    boolean isStranger() {
        return stranger;
    }

    boolean isAuthenticated() {
        return authenticated;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public InetAddress client() {
        return client;
    }

    @Override
    public String helo() {
        return helo;
    }

    @Override
    public Optional<String> tls() {
        return tls;
    }

    @Override
    public String protocol() {
        if (!extended) {
            return "SMTP";
        }
        return (smtpUtf8 ? "UTF8SMTP" : "ESMTP") + (tls.isPresent() ? "S" : "") + (authenticated ? "A" : "");
    }
}
