package org.smtpproxy.app.node;

import java.security.SecureRandom;
import java.util.Base64;

import org.smtpproxy.mail.Secret;

/** The login made for an empty data folder, and how to try it. */
public record FirstStart(String username, Secret password, String smtpHost, int smtpPort, String dataFolder) {
    static final String USERNAME = "demo";
    private static final int SECRET_BYTES = 18;

    /** 144 random bits, without characters that a shell would touch. */
    static Secret newSecret() {
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        return new Secret(
                Base64.getUrlEncoder().withoutPadding().encodeToString(random).replace('-', 'x'));
    }

    /** What is printed once. */
    public String box() {
        String server = smtpHost + ":" + smtpPort;
        String login = username + ":" + password.reveal();
        return """
                +---------------------------------------------------------------------------------------------
                | First start: this is shown once.
                |
                | Tenant demo keeps its mail instead of sending it. Its login:
                |   user name  %1$s
                |   password   %2$s
                |
                | Send a message with swaks:
                |   swaks --server %3$s --tls --auth-user %1$s --auth-password %2$s --from app@example.com --to you@example.com
                | or with curl:
                |   printf 'Subject: hello\\n\\nIt works.\\n' | curl --crlf --insecure --ssl-reqd smtp://%3$s --user %4$s --mail-from app@example.com --mail-rcpt you@example.com --upload-file -
                | and look at it:
                |   bin/smtp-proxy message list --data %5$s
                +---------------------------------------------------------------------------------------------""".formatted(username, password.reveal(), server, login, dataFolder);
    }
}
