package org.smtpproxy.app;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.testkit.load.Login;
import org.smtpproxy.testkit.load.Security;
import org.smtpproxy.testkit.load.SmtpConnection;
import org.smtpproxy.testkit.load.SmtpReply;
import org.smtpproxy.testkit.load.Target;
import org.smtpproxy.testkit.process.ProxyProcess;

/** A client that sends what a test gives it, octet by octet, stuffing dots only. */
record RawClient(Target target) {
    static final String PASSWORD = "pass-word";

    /** Submits without a login, as those in a trusted network do. */
    static RawClient of(ProxyProcess proxy) {
        return new RawClient(Target.open(proxy.smtp()));
    }

    /** Submits with a login, whose password is {@link #PASSWORD}. */
    static RawClient of(ProxyProcess proxy, String username) {
        return new RawClient(new Target(proxy.smtp(), Security.STARTTLS, Optional.of(new Login(username, PASSWORD))));
    }

    /** One message with CRLF line ends over a connection of its own; the reply that decided. */
    SmtpReply send(String mail, String recipient, String content) throws IOException {
        SmtpConnection connection = target.connect();
        try {
            for (String command : List.of("MAIL FROM:" + mail, "RCPT TO:<" + recipient + ">", "DATA")) {
                SmtpReply reply = connection.command(command);
                if (!reply.isPositive()) {
                    return reply;
                }
            }
            return content(connection, content);
        } finally {
            connection.quit();
        }
    }

    /** What follows a positive reply to DATA. */
    static SmtpReply content(SmtpConnection connection, String content) throws IOException {
        byte[] stuffed = stuffed(content.getBytes(StandardCharsets.UTF_8));
        connection.content(stuffed, 0, stuffed.length);
        connection.endOfData();
        return connection.reply();
    }

    private static byte[] stuffed(byte[] content) {
        ByteArrayOutputStream stuffed = new ByteArrayOutputStream(content.length + 64);
        byte before = '\n';
        for (byte octet : content) {
            if (octet == '.' && before == '\n') {
                stuffed.write('.');
            }
            stuffed.write(octet);
            before = octet;
        }
        return stuffed.toByteArray();
    }
}
