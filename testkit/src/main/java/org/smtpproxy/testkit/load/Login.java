package org.smtpproxy.testkit.load;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** A user name and a password of a test, for AUTH PLAIN. */
public record Login(String user, String password) {

    String plain() {
        byte[] response = ("\0" + user + "\0" + password).getBytes(StandardCharsets.UTF_8);
        return Base64.getEncoder().encodeToString(response);
    }

    @Override
    public String toString() {
        return "Login[" + user + "]";
    }
}
