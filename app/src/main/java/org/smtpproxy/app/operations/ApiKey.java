package org.smtpproxy.app.operations;

import com.sun.net.httpserver.HttpExchange;
import org.smtpproxy.mail.Secret;

/** The bearer key of the REST API. */
record ApiKey(Secret secret) {
    private static final String SCHEME = "Bearer ";

    boolean allows(HttpExchange exchange) {
        String header = exchange.getRequestHeaders().getFirst("Authorization");
        return header != null
                && header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                && secret.equals(new Secret(header.substring(SCHEME.length()).strip()));
    }
}
