package org.smtpproxy.smtp.client;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.SSLException;

import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.client.BrokenTransportException.Fault;

/**
 * A session that is ready for mail. One transaction at a time, from one thread at a time; between transactions it may
 * rest as long as the server lets it. Once {@link #isUsable()} is false it is of no use but to be closed.
 */
public final class SmtpConnection implements AutoCloseable {
    private static final Duration GOODBYE = Duration.ofSeconds(2);

    private final ClientSettings settings;
    private final Wire wire;
    private final ReplyReader reader;
    private Capabilities capabilities = Capabilities.NONE;
    private Phase phase = Phase.GREETING;
    private boolean encrypted;
    private boolean usable = true;
    private boolean transactionOpen;
    private int transactions;

    SmtpConnection(ClientSettings settings, Wire wire) {
        this.settings = settings;
        this.wire = wire;
        this.reader = new ReplyReader(wire.in());
    }

    /** What the server offers on this connection. */
    public Capabilities capabilities() {
        return capabilities;
    }

    /**
     * Sends one message.
     *
     * @param message one that the capabilities allow for
     * @param deadline when the server must have asked for the content; what follows has only the time-outs of its phase
     * @return one result per recipient, in the order of the envelope
     */
    public List<RecipientResult> send(OutgoingMessage message, Instant deadline) {
        if (!capabilities.carry(message.needs(), message.content().size())) {
            throw new IllegalArgumentException("the server can't carry this message");
        }
        transactions++;
        wire.until(deadline);
        boolean completed = false;
        try {
            List<RecipientResult> results = new MailTransaction(this, message).run();
            completed = true;
            return results;
        } finally {
            if (!completed || !usable) {
                close();
            } else {
                rest();
            }
        }
    }

    /** How many messages were begun on this connection. */
    public int transactions() {
        return transactions;
    }

    public boolean isUsable() {
        return usable;
    }

    /** Takes leave of the server and closes; waits for its goodbye for a moment only. */
    public void quit() {
        if (!usable) {
            close();
            return;
        }
        try {
            wire.until(Instant.now().plus(GOODBYE));
            command("QUIT");
            await(phase);
            wire.closeOrderly();
        } catch (IOException e) {
            // It is gone already, which is all we wanted.
            wire.close();
        } finally {
            usable = false;
        }
    }

    /** Closes at once, without a word: for a connection in an unknown state. */
    @Override
    public void close() {
        usable = false;
        wire.close();
    }

    void capabilities(Capabilities offered) {
        capabilities = offered;
    }

    boolean encrypted() {
        return encrypted;
    }

    Wire wire() {
        return wire;
    }

    /** Sends one command line. */
    void command(String line) throws IOException {
        byte[] bytes = (line + "\r\n").getBytes(StandardCharsets.UTF_8);
        write(bytes, 0, bytes.length);
    }

    void write(byte[] bytes, int offset, int length) throws IOException {
        wire.allow(settings.timeouts().command());
        wire.write(bytes, offset, length);
    }

    Reply await(Phase current) throws IOException {
        phase = current;
        wire.allow(settings.timeouts().command());
        return understood(reader.read());
    }

    Reply awaitEhlo() throws IOException {
        phase = Phase.EHLO;
        wire.allow(settings.timeouts().command());
        return understood(reader.readEhlo());
    }

    Reply awaitFinal() throws IOException {
        phase = Phase.CONTENT;
        wire.allow(settings.timeouts().finalReply());
        return understood(reader.read());
    }

    /** Content has begun: only the time-outs of the phases count now. */
    void contentBegins() {
        phase = Phase.CONTENT;
        wire.withoutLimit();
    }

    /** Whether the server may still have an open transaction that a new MAIL would collide with. */
    boolean transactionOpen() {
        return transactionOpen;
    }

    void transactionOpen(boolean open) {
        transactionOpen = open;
    }

    /** A new message: what fails from here on failed before its content. */
    void beginTransaction() throws ProtocolException {
        phase = Phase.MAIL;
        requireNothingUnread();
    }

    /** The server spoke unasked; taken for the answer to the next command, it would shift all that follow. */
    private void requireNothingUnread() throws ProtocolException {
        if (reader.hasUnread()) {
            throw new ProtocolException("octets that no command asked for");
        }
    }

    /** The handshake; whatever an attacker put behind the clear reply to STARTTLS ends the session. */
    void encrypt(ClientTls tls) throws IOException {
        requireNothingUnread();
        phase = Phase.TLS;
        wire.allow(settings.timeouts().command());
        wire.encrypt(tls);
        reader.switchTo(wire.in());
        encrypted = true;
    }

    void rest() {
        wire.rest();
    }

    /** Closes and puts in words what happened in the current phase. */
    BrokenTransportException broken(IOException cause) {
        boolean expired = wire.expired();
        close();
        String peer = settings.host() + ":" + settings.port();
        if (expired) {
            return broken(Fault.TIMEOUT, peer + " took too long at " + phase.words(), cause);
        }
        return switch (cause) {
            case ProtocolException _ ->
                broken(
                        Fault.PROTOCOL,
                        peer + " broke the protocol at " + phase.words() + ": " + cause.getMessage(),
                        cause);
            case SSLException _
            when isAboutCertificate(cause) ->
                broken(Fault.CERTIFICATE, "the certificate of " + peer + " is refused: " + cause.getMessage(), cause);
            case SSLException _
            when phase == Phase.TLS -> broken(Fault.TLS, "no TLS with " + peer + ": " + cause.getMessage(), cause);
            default -> broken(Fault.LOST, "the connection to " + peer + " was lost at " + phase.words(), cause);
        };
    }

    static BrokenTransportException unreachable(ClientSettings settings, IOException cause) {
        String text = "can't connect to " + settings.host() + ":" + settings.port() + ": " + cause.getMessage();
        return new BrokenTransportException(Phase.CONNECT, Fault.UNREACHABLE, text, cause);
    }

    private BrokenTransportException broken(Fault fault, String text, IOException cause) {
        return new BrokenTransportException(phase, fault, text, cause);
    }

    private static boolean isAboutCertificate(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException) {
                return true;
            }
        }
        return false;
    }

    /**
     * After 421 the server closes, whatever it was asked (RFC 5321 section 3.8). A 3xx asks for more, which only AUTH
     * and DATA have to give: anywhere else, taken for an answer, it would shift all that follow.
     */
    private Reply understood(Reply reply) throws ProtocolException {
        if (reply.code() == 421) {
            usable = false;
        }
        if (reply.isIntermediate() && phase != Phase.AUTH && phase != Phase.DATA) {
            throw new ProtocolException("it is answered " + reply.code());
        }
        return reply;
    }
}
