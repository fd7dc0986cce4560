package org.smtpproxy.smtp.server;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;

import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.Secret;

/**
 * One AUTH exchange (RFC 4954): {@code PLAIN} in one step (RFC 4616), or {@code LOGIN}, which asks for name and
 * password in turn. Knows the form of credentials, not whether they are right.
 */
final class SaslExchange {
    static final String MECHANISMS = "PLAIN LOGIN";

    /** What comes next. */
    sealed interface Step {
        /** Ask the client for a response. */
        record Challenge(Reply reply) implements Step {}

        /** The client has said who it is. */
        record Credentials(String username, Secret password) implements Step {}

        /** The exchange is over without credentials. */
        record Malformed(Reply reply) implements Step {}
    }

    private enum Awaited {
        PLAIN_MESSAGE,
        USERNAME,
        PASSWORD
    }

    private static final Reply ASK_PLAIN = Reply.plain(334, "");
    private static final Reply ASK_USERNAME = Reply.plain(334, "VXNlcm5hbWU6");
    private static final Reply ASK_PASSWORD = Reply.plain(334, "UGFzc3dvcmQ6");
    private static final Reply NOT_BASE64 = Reply.of(501, "5.5.2", "Not base64 of UTF-8");
    private static final Reply NOT_PLAIN = Reply.of(501, "5.5.2", "Not a PLAIN message");
    private static final Reply OTHER_IDENTITY = Reply.of(535, "5.7.8", "Acting as another user is not supported");

    private Awaited awaited;
    private String username = "";

    private SaslExchange(Awaited awaited) {
        this.awaited = awaited;
    }

    /** Empty for a mechanism that isn't offered. */
    static Optional<SaslExchange> of(String mechanism) {
        return switch (mechanism.toUpperCase(Locale.ROOT)) {
            case "PLAIN" -> Optional.of(new SaslExchange(Awaited.PLAIN_MESSAGE));
            case "LOGIN" -> Optional.of(new SaslExchange(Awaited.USERNAME));
            default -> Optional.empty();
        };
    }

    /** The exchange begins without an initial response. */
    Step challenge() {
        return new Step.Challenge(
                switch (awaited) {
                    case PLAIN_MESSAGE -> ASK_PLAIN;
                    case USERNAME -> ASK_USERNAME;
                    case PASSWORD -> ASK_PASSWORD;
                });
    }

    /** The initial response of the AUTH command, where a single {@code =} stands for an empty one. */
    Step initialResponse(String base64) {
        return response(base64.equals("=") ? "" : base64);
    }

    Step response(String base64) {
        String text;
        try {
            byte[] octets = Base64.getDecoder().decode(base64);
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(octets))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException malformed) {
            return new Step.Malformed(NOT_BASE64);
        }
        return switch (awaited) {
            case PLAIN_MESSAGE -> plain(text);
            case USERNAME -> {
                username = text;
                awaited = Awaited.PASSWORD;
                yield challenge();
            }
            case PASSWORD -> new Step.Credentials(username, new Secret(text));
        };
    }

    /** {@code [authzid] NUL authcid NUL passwd}. */
    private static Step plain(String message) {
        String[] fields = message.split("\0", -1);
        if (fields.length != 3 || fields[1].isEmpty() || fields[2].isEmpty()) {
            return new Step.Malformed(NOT_PLAIN);
        }
        if (!fields[0].isEmpty() && !fields[0].equals(fields[1])) {
            return new Step.Malformed(OTHER_IDENTITY);
        }
        return new Step.Credentials(fields[1], new Secret(fields[2]));
    }
}
