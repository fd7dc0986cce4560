package org.smtpproxy.smtp.client;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;

import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.Secret;

/**
 * Opens sessions with one server: greeting, EHLO, TLS and login as the settings ask, never less. What the server says
 * is a value, also when it refuses; an exception means that the transport broke. Safe for many threads.
 */
public final class SmtpClient {
    private static final int LONGEST_COMMAND = 510;

    private final ClientSettings settings;
    private final DeadlineReaper reaper;
    private final ClientTls tls;

    public SmtpClient(ClientSettings settings, DeadlineReaper reaper) {
        this.settings = settings;
        this.reaper = reaper;
        this.tls = new ClientTls(settings);
    }

    /** Opens a session, which must stand at {@code deadline}. */
    public Connecting connect(Instant deadline) throws BrokenTransportException {
        Duration left = Duration.between(Instant.now(), deadline);
        Duration time = left.compareTo(settings.timeouts().connect()) < 0
                ? left
                : settings.timeouts().connect();
        SmtpConnection connection;
        try {
            connection = new SmtpConnection(settings, Wire.connect(settings.host(), settings.port(), time, reaper));
        } catch (IOException e) {
            throw SmtpConnection.unreachable(settings, e);
        }
        boolean ready = false;
        try {
            connection.wire().until(deadline);
            Optional<Connecting> refused = open(connection);
            ready = refused.isEmpty();
            connection.rest();
            return refused.orElseGet(() -> new Connecting.Connected(connection));
        } catch (IOException e) {
            throw connection.broken(e);
        } finally {
            if (!ready) {
                connection.close();
            }
        }
    }

    /** Returns what refused the session, if anything did. */
    private Optional<Connecting> open(SmtpConnection connection) throws IOException {
        if (settings.tls() == TlsMode.IMPLICIT) {
            connection.encrypt(tls);
        }
        Reply greeting = connection.await(Phase.GREETING);
        if (!greeting.isPositive()) {
            return refused(Phase.GREETING, greeting);
        }
        Optional<Connecting> refused = hello(connection);
        if (refused.isEmpty()) {
            refused = secure(connection);
        }
        if (refused.isEmpty() && settings.login().isPresent()) {
            refused = logIn(connection, settings.login().get());
        }
        return refused;
    }

    private Optional<Connecting> hello(SmtpConnection connection) throws IOException {
        connection.command("EHLO " + settings.helloName());
        Reply reply = connection.awaitEhlo();
        if (reply.isPositive()) {
            connection.capabilities(Capabilities.read(reply));
            return Optional.empty();
        }
        boolean helloWillDo = settings.login().isEmpty() && settings.tls() != TlsMode.REQUIRED;
        if (reply.isPermanent() && helloWillDo) {
            connection.command("HELO " + settings.helloName());
            reply = connection.await(Phase.EHLO);
        }
        return reply.isPositive() ? Optional.empty() : refused(Phase.EHLO, reply);
    }

    private Optional<Connecting> secure(SmtpConnection connection) throws IOException {
        boolean wanted = settings.tls() == TlsMode.OPPORTUNISTIC || settings.tls() == TlsMode.REQUIRED;
        if (!wanted) {
            return Optional.empty();
        }
        if (!connection.capabilities().startTls()) {
            return settings.tls() == TlsMode.OPPORTUNISTIC
                    ? Optional.empty()
                    : lacking(Phase.STARTTLS, "5.7.10", "does not offer STARTTLS, which this account requires");
        }
        connection.command("STARTTLS");
        Reply reply = connection.await(Phase.STARTTLS);
        if (!reply.isPositive()) {
            return refused(Phase.STARTTLS, reply);
        }
        connection.encrypt(tls);
        // What was said in the clear may have been an attacker's word (RFC 3207 section 4.2).
        connection.capabilities(Capabilities.NONE);
        return hello(connection);
    }

    private Optional<Connecting> logIn(SmtpConnection connection, Login login) throws IOException {
        if (!connection.encrypted() && settings.tls() != TlsMode.NONE) {
            return lacking(Phase.AUTH, "5.7.11", "does not offer STARTTLS: the password is not sent in the clear");
        }
        Capabilities offered = connection.capabilities();
        Reply reply;
        if (offered.auth().contains("PLAIN")) {
            reply = authPlain(connection, login);
        } else if (offered.auth().contains("LOGIN")) {
            reply = authLogin(connection, login);
        } else {
            return lacking(Phase.AUTH, "5.7.4", "offers neither AUTH PLAIN nor AUTH LOGIN");
        }
        if (reply.isIntermediate()) {
            throw new ProtocolException("it is answered " + reply.code() + " when all was said");
        }
        return reply.isPositive() ? Optional.empty() : refused(Phase.AUTH, reply);
    }

    /**
     * RFC 4616, with the initial response of RFC 4954 unless the line would get too long. Servers older than that pass
     * over it and ask for the response.
     */
    private static Reply authPlain(SmtpConnection connection, Login login) throws IOException {
        String response =
                base64("\0" + login.username() + "\0" + login.password().reveal());
        String command = "AUTH PLAIN " + response;
        connection.command(command.length() <= LONGEST_COMMAND ? command : "AUTH PLAIN");
        return answerChallenge(connection, new Secret(response));
    }

    private static Reply authLogin(SmtpConnection connection, Login login) throws IOException {
        connection.command("AUTH LOGIN");
        Reply afterName = answerChallenge(connection, new Secret(base64(login.username())));
        if (afterName.code() != 334) {
            return afterName;
        }
        connection.command(base64(login.password().reveal()));
        return connection.await(Phase.AUTH);
    }

    private static Reply answerChallenge(SmtpConnection connection, Secret response) throws IOException {
        Reply challenge = connection.await(Phase.AUTH);
        if (challenge.code() != 334) {
            return challenge;
        }
        connection.command(response.reveal());
        return connection.await(Phase.AUTH);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Optional<Connecting> refused(Phase phase, Reply reply) {
        return Optional.of(new Connecting.Refused(phase, reply));
    }

    private Optional<Connecting> lacking(Phase phase, String status, String what) {
        return refused(phase, Reply.of(530, status, settings.host() + " " + what));
    }
}
