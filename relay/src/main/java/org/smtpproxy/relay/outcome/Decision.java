package org.smtpproxy.relay.outcome;

import java.time.Duration;
import java.util.Optional;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.relay.provider.Answered;
import org.smtpproxy.tenancy.FailureType;

/** What becomes of a recipient after an attempt. {@code because} is the answer that decided. */
public sealed interface Decision {
    Answered because();

    /** A provider has it. */
    record Relayed(Answered because) implements Decision {}

    /** Refused for good; no other provider would take it. */
    record Bounced(Answered because) implements Decision {}

    /**
     * Will be tried again.
     *
     * @param attempts counted so far, this one included if it counts
     * @param retryAfter the least wait a provider asked for
     */
    record Deferred(Answered because, FailureType type, int attempts, Optional<Duration> retryAfter)
            implements Decision {}

    /** The next candidate of the route has no room now: waits in its lane, and goes on there. */
    record NextCandidate(Answered because, AccountId account) implements Decision {}

    /** May have arrived; will be tried again at the same account. */
    record InDoubt(Answered because, int attempts) implements Decision {}

    /** Tried often or long enough: goes to the dead letters. */
    record Expired(Answered because, int attempts) implements Decision {}
}
