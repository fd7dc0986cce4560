package org.smtpproxy.queue;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.TenantId;

/**
 * Where messages are safe. Responsibility changes hands when {@link #enqueue} completes; from then on a message leaves
 * only by {@link #settle}. The unit of work is a part: the recipients of a message that share a lane and a due time.
 *
 * <p>All methods may be called from virtual threads; a call that waits does so without pinning. Every future fails with
 * {@link QueueUnavailableException} when the store can't promise anything.
 */
public interface MessageQueue extends AutoCloseable {
    /**
     * Opens a place for the content of a message that is arriving. What does not fit into memory goes to disk,
     * encrypted, while it arrives.
     */
    IncomingContent receive(TenantId tenant, MessageId id);

    /** Makes a message durable. When the future completes, the message, its part 0 and its events are on disk. */
    CompletableFuture<Void> enqueue(NewMessage message);

    /**
     * Leases parts that are due, taking turns between lanes so that no lane waits behind another's backlog. Never
     * waits.
     *
     * @param open lanes that the caller can serve now; asked once per lane and part, in the order taken. When it
     *     throws, nothing is leased.
     */
    List<LeasedPart> claim(int maxParts, long maxBytes, Predicate<Lane> open);

    /** Extends leases; returns those that are lost because another owner has the part. */
    List<Lease> renew(Collection<Lease> leases);

    /** Gives a part back unchanged: it is due at once. */
    void release(Lease lease);

    /**
     * Notes, without waiting for the disk, that the content is about to be handed to a provider. Survives a kill of
     * the process. A part whose attempt is still open at the next start is claimed with {@code inDoubt} set.
     */
    void attempting(Lease lease, AccountId account);

    /**
     * Ends an attempt: writes new recipient states and events together, and ends the lease. Completes when durable;
     * fails with {@link StaleLeaseException} when the lease was lost.
     */
    CompletableFuture<Void> settle(Settlement settlement);

    /**
     * Waits until a part has become claimable, or {@link #wake} was called, since the last {@link #claim} that found
     * nothing began; at most until the given time. May wake early. Parts in lanes that the caller's last claim refused
     * do not end the wait.
     */
    void awaitDue(Instant until) throws InterruptedException;

    /** Ends waits of {@link #awaitDue}: a caller can serve lanes that it couldn't before. */
    void wake();

    /** What waits, per lane. */
    List<LaneSummary> summary();

    /** Recipients that were given up on, oldest first, with their content kept. */
    List<DeadLetter> deadLetters(TenantId tenant, Optional<MessageId> after, int limit);

    /** Whether the queue can take responsibility for messages now. */
    QueueHealth health();

    /** Waits for writes under way and closes the store. Leases end. */
    @Override
    void close();
}
