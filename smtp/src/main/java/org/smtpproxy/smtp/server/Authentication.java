package org.smtpproxy.smtp.server;

import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.Reply;

/** AUTH in a session (RFC 4954): when it is allowed, its exchange, and the bound on failed logins. */
final class Authentication {
    private final SessionFacts facts;
    private final SessionHandler handler;
    private final ServerObserver observer;
    private final Answers answers;
    private @Nullable SaslExchange exchange;

    Authentication(SessionFacts facts, SessionHandler handler, ServerObserver observer, Answers answers) {
        this.facts = facts;
        this.handler = handler;
        this.observer = observer;
        this.answers = answers;
    }

    /** Whether the next line belongs to an exchange. */
    boolean isUnderWay() {
        return exchange != null;
    }

    /** The AUTH command. */
    void begin(String argument) {
        int space = argument.indexOf(' ');
        Optional<SaslExchange> asked = SaslExchange.of(space < 0 ? argument : argument.substring(0, space));
        if (!facts.isExtended()) {
            answers.error(ServerReplies.GREET_FIRST);
        } else if (facts.tls().isEmpty()) {
            answers.error(ServerReplies.TLS_FIRST);
        } else if (facts.isAuthenticated()) {
            answers.error(ServerReplies.IS_LOGGED_IN);
        } else if (asked.isEmpty()) {
            answers.error(ServerReplies.UNKNOWN_MECHANISM);
        } else if (space < 0) {
            proceed(asked.get(), asked.get().challenge());
        } else {
            String initial = argument.substring(space + 1).strip();
            proceed(asked.get(), asked.get().initialResponse(initial));
        }
    }

    /** A line of the exchange. */
    void response(String line) {
        SaslExchange running = exchange;
        exchange = null;
        if (running == null || line.equals("*")) {
            answers.error(ServerReplies.LOGIN_CANCELLED);
        } else {
            proceed(running, running.response(line));
        }
    }

    void cancel() {
        exchange = null;
    }

    private void proceed(SaslExchange running, SaslExchange.Step step) {
        switch (step) {
            case SaslExchange.Step.Challenge(Reply challenge) -> {
                answers.reply(challenge);
                exchange = running;
            }
            case SaslExchange.Step.Malformed(Reply malformed) -> answers.error(malformed);
            case SaslExchange.Step.Credentials credentials -> login(credentials);
        }
    }

    private void login(SaslExchange.Step.Credentials credentials) {
        Optional<Reply> refused = handler.authenticate(credentials.username(), credentials.password());
        if (refused.isPresent()) {
            observer.authenticationFailed();
            answers.failedLogin(refused.get());
        } else {
            facts.loggedIn();
            answers.reply(ServerReplies.LOGGED_IN);
        }
    }
}
