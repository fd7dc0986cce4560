package org.smtpproxy.smtp.server;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Feeds a session as a transport would, but cuts the input where the test says. */
final class InMemoryClient {
    private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
    private final StringBuilder replies = new StringBuilder();
    private final ServerSession session;
    private final SessionFacts facts;
    private ServerSession.Next next;

    InMemoryClient(SessionHandler.Factory handlers) {
        this(handlers, new SilentObserver());
    }

    InMemoryClient(SessionHandler.Factory handlers, ServerObserver observer) {
        facts = new SessionFacts("test", InetAddress.getLoopbackAddress());
        SessionHandler handler = handlers.open(facts);
        session = new ServerSession("mx.example", true, facts, handler, observer);
        next = session.open(handler.connected());
        takeReplies();
    }

    /** Sends in one piece. */
    InMemoryClient send(String octets) {
        byte[] bytes = octets.getBytes(StandardCharsets.ISO_8859_1);
        return send(bytes, 0, bytes.length);
    }

    /** Sends each octet alone. */
    InMemoryClient drip(String octets) {
        byte[] bytes = octets.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i < bytes.length; i++) {
            send(bytes, i, i + 1);
        }
        return this;
    }

    InMemoryClient send(byte[] octets, int from, int to) {
        int at = from;
        while (at < to && next == ServerSession.Next.READ) {
            int length = Math.min(to - at, buffer.remaining());
            buffer.put(octets, at, length).flip();
            at += length;
            next = session.receive(buffer);
            buffer.compact();
            takeReplies();
        }
        return this;
    }

    /** What a transport does at STARTTLS. */
    InMemoryClient shakeHands() {
        buffer.clear();
        next = session.encrypted("TLSv1.3 TLS_AES_128_GCM_SHA256");
        return this;
    }

    /** As if the connection had been encrypted from the start. */
    static InMemoryClient overTls(SessionHandler.Factory handlers) {
        return new InMemoryClient(handlers).shakeHands();
    }

    InMemoryClient close() {
        session.closed();
        return this;
    }

    ServerSession session() {
        return session;
    }

    boolean isStranger() {
        return facts.isStranger();
    }

    SessionInfo info() {
        return facts;
    }

    ServerSession.Next next() {
        return next;
    }

    /** All replies since the last call. */
    String replies() {
        String all = replies.toString();
        replies.setLength(0);
        return all;
    }

    /** The codes of the replies since the last call: {@code "250 354 250"}. */
    String codes() {
        StringBuilder codes = new StringBuilder();
        for (String line : replies().lines().toList()) {
            if (line.length() > 3 && line.charAt(3) == ' ') {
                codes.append(codes.isEmpty() ? "" : " ").append(line, 0, 3);
            }
        }
        return codes.toString();
    }

    Optional<String> tls() {
        return facts.tls();
    }

    private void takeReplies() {
        ReplyBuffer unsent = session.replies();
        replies.append(new String(unsent.array(), 0, unsent.length(), StandardCharsets.ISO_8859_1));
        unsent.clear();
    }
}
