package org.smtpproxy.testkit.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Where mail is sent to, and how one gets in there. */
public record Target(InetSocketAddress server, Security security, Optional<Login> login) {

    /** A server that takes our mail in the clear and without a login: a sink, or a trusted network. */
    public static Target open(InetSocketAddress server) {
        return new Target(server, Security.NONE, Optional.empty());
    }

    /** Connects, and is through EHLO, TLS and AUTH when it returns. */
    public SmtpConnection connect() throws IOException {
        return SmtpConnection.open(this);
    }
}
