package org.smtpproxy.mail;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What a provider said about one recipient. Only the relay's outcome stage turns an answer, with policy and history,
 * into deferred, bounced or the next candidate.
 */
public sealed interface ProviderAnswer {
    /** What the provider, or our client on its behalf, said. */
    Reply reply();

    /** The provider took responsibility. */
    record Relayed(Optional<String> providerMessageId, Reply reply) implements ProviderAnswer {}

    /**
     * The provider did not take it.
     *
     * @param scope how much the refusal speaks about
     * @param retryAfter how long the provider asked us to wait
     */
    record Refused(Scope scope, Kind kind, Optional<Duration> retryAfter, Reply reply) implements ProviderAnswer {
        public Refused(Scope scope, Kind kind, Reply reply) {
            this(scope, kind, Optional.empty(), reply);
        }
    }

    /** The connection broke, or the reply never came, after the whole message had been sent: it may have arrived. */
    record InDoubt(Reply reply) implements ProviderAnswer {}

    /** How wide a refusal is, from one recipient to the whole account. */
    enum Scope {
        RECIPIENT,
        MESSAGE,
        SENDER,
        SESSION,
        PROVIDER
    }

    /** Why a refusal happened, which decides what helps. */
    enum Kind {
        /** The recipient or the content is refused for good: another provider would get the same. */
        PERMANENT,
        /** Trouble that passes: unreachable, 4xx, connection lost before the content was complete. */
        TRANSIENT,
        /** Transient, and the provider wants fewer messages. */
        THROTTLED,
        /** Transient for a recipient seen for the first time (RFC 6647). */
        GREYLISTED,
        /** The account is refused, not the mail: credentials, unverified domain, suspension. Not counted as an attempt. */
        CONFIGURATION,
        /** This account can't carry this message (8-bit, UTF-8, size); another one may. */
        INCAPABLE;

        /** As printed: lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
