package org.smtpproxy.providers.smtp;

import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.provider.Delivery;
import org.smtpproxy.provider.EspProvider;
import org.smtpproxy.smtp.client.BrokenTransportException;
import org.smtpproxy.smtp.client.Capabilities;
import org.smtpproxy.smtp.client.Connecting;
import org.smtpproxy.smtp.client.OutgoingMessage;
import org.smtpproxy.smtp.client.Phase;
import org.smtpproxy.smtp.client.RecipientResult;
import org.smtpproxy.smtp.client.RecipientResult.Answered;
import org.smtpproxy.smtp.client.RecipientResult.Broken;
import org.smtpproxy.smtp.client.SmtpClient;
import org.smtpproxy.smtp.client.SmtpConnection;

/**
 * An account at a smarthost. A kept connection that fails before the content is sent was stale: the message then goes
 * over a fresh one, and only what happens there counts.
 */
final class SmtpProvider implements EspProvider {
    private final String host;
    private final SmtpClient client;
    private final ConnectionPool pool;
    private final HeaderFields headers;

    SmtpProvider(String host, SmtpClient client, ConnectionPool pool, HeaderFields headers) {
        this.host = host;
        this.client = client;
        this.pool = pool;
        this.headers = headers;
    }

    @Override
    public List<ProviderAnswer> deliver(Delivery delivery) throws InterruptedException {
        OutgoingMessage message = new OutgoingMessage(
                delivery.envelope(), delivery.needs(), headers.on(delivery.content()), delivery.handover()::begins);
        if (!pool.enter(delivery.deadline())) {
            return toAll(message, busy());
        }
        try {
            return overKept(message, delivery.deadline()).orElseGet(() -> overFresh(message, delivery.deadline()));
        } finally {
            pool.leave();
        }
    }

    @Override
    public int maxConcurrentDeliveries() {
        return pool.size();
    }

    @Override
    public void close() {
        pool.close();
    }

    private Optional<List<ProviderAnswer>> overKept(OutgoingMessage message, Instant deadline) {
        Optional<SmtpConnection> kept = pool.takeResting();
        if (kept.isEmpty()) {
            return Optional.empty();
        }
        Optional<ProviderAnswer> incapable = incapable(kept.get().capabilities(), message);
        if (incapable.isPresent()) {
            pool.giveBack(kept.get());
            return incapable.map(answer -> toAll(message, answer));
        }
        List<RecipientResult> results = send(kept.get(), message, deadline);
        boolean stale = results.stream().anyMatch(SmtpProvider::showsStaleConnection);
        return stale && Instant.now().isBefore(deadline) ? Optional.empty() : Optional.of(answers(results));
    }

    private List<ProviderAnswer> overFresh(OutgoingMessage message, Instant deadline) {
        SmtpConnection connection;
        try {
            switch (client.connect(deadline)) {
                case Connecting.Connected(SmtpConnection opened) -> connection = opened;
                case Connecting.Refused(Phase phase, Reply reply) -> {
                    return toAll(message, Classification.ofReply(phase, reply));
                }
            }
        } catch (BrokenTransportException e) {
            return toAll(message, Classification.ofBreak(e, false));
        }
        Optional<ProviderAnswer> incapable = incapable(connection.capabilities(), message);
        if (incapable.isPresent()) {
            pool.giveBack(connection);
            return toAll(message, incapable.get());
        }
        return answers(send(connection, message, deadline));
    }

    private List<RecipientResult> send(SmtpConnection connection, OutgoingMessage message, Instant deadline) {
        try {
            return connection.send(message, deadline);
        } finally {
            pool.giveBack(connection);
        }
    }

    /** Lost, or told goodbye, before the server asked for the content. */
    private static boolean showsStaleConnection(RecipientResult result) {
        return switch (result) {
            case Answered(Phase phase, Reply reply) -> phase != Phase.CONTENT && reply.code() == 421;
            case Broken(BrokenTransportException cause, boolean handedOver) ->
                !handedOver && cause.phase() != Phase.CONTENT;
        };
    }

    private Optional<ProviderAnswer> incapable(Capabilities offered, OutgoingMessage message) {
        long size = message.content().size();
        if (message.needs().utf8() && !offered.smtpUtf8()) {
            return incapable(Reply.of(553, "5.6.7", host + " does not offer SMTPUTF8, which this message needs"));
        }
        if (message.needs().eightBit() && !offered.eightBitMime()) {
            return incapable(Reply.of(554, "5.6.3", host + " does not offer 8BITMIME, which this message needs"));
        }
        if (size > offered.size().orElse(Long.MAX_VALUE)) {
            return incapable(Reply.of(
                    552,
                    "5.3.4",
                    host + " takes messages of at most " + offered.size().orElseThrow() + " octets, this one has "
                            + size));
        }
        return Optional.empty();
    }

    private static Optional<ProviderAnswer> incapable(Reply reply) {
        return Optional.of(new Refused(Scope.MESSAGE, Kind.INCAPABLE, reply));
    }

    private ProviderAnswer busy() {
        return new Refused(
                Scope.SESSION,
                Kind.TRANSIENT,
                Reply.of(451, "4.4.5", "all " + pool.size() + " connections to " + host + " are busy"));
    }

    private static List<ProviderAnswer> answers(List<RecipientResult> results) {
        return results.stream().map(Classification::of).toList();
    }

    private static List<ProviderAnswer> toAll(OutgoingMessage message, ProviderAnswer answer) {
        return Collections.nCopies(message.envelope().recipients().size(), answer);
    }
}
