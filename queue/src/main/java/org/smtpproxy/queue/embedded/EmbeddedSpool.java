package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongConsumer;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.DeadLetter;
import org.smtpproxy.queue.EventLog;
import org.smtpproxy.queue.IncomingContent;
import org.smtpproxy.queue.LaneSummary;
import org.smtpproxy.queue.Lease;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.MessageQueue;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.Settlement;
import org.smtpproxy.queue.StaleLeaseException;
import org.smtpproxy.queue.embedded.SpoolOptions.Recovery;

/**
 * The queue and the event log of one process in one folder. This class wires the stages and opens and reopens them:
 * everything written passes {@link GroupCommit}, {@link Schedule} knows whose turn it is, {@link Intake},
 * {@link Claims} and {@link Outcomes} are the ways in and out.
 */
public final class EmbeddedSpool implements MessageQueue, EventLog {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedSpool.class);

    private final SpoolOptions options;
    private final Path database;
    private final Disk disk;
    private final Store store;
    private final Reads reads;
    private final GroupCommit writer;
    private final PartNumbers numbers;
    private final Schedule schedule;
    private final Workshop workshop;
    private final ContentMemory memory;
    private final Intake intake;
    private final Claims claims;
    private final Outcomes outcomes;
    private final DeadLetters deadLetters;
    private volatile List<String> losses = List.of();
    private volatile @Nullable String failure;
    private volatile @Nullable String refusal;
    private volatile boolean closing;

    private EmbeddedSpool(SpoolOptions options) throws IOException {
        this.options = options;
        this.database = options.folder().resolve("db");
        this.disk = new Disk(options.folder(), options.minimumFreeBytes());
        this.store = new Store(database);
        this.reads = new Reads(store);
        this.writer = new GroupCommit(store, new Upkeep());
        this.numbers = new PartNumbers(writer);
        TenantKeys keys = new TenantKeys(options.key(), reads, writer);
        this.schedule = new Schedule(options, this::load);
        this.workshop = new Workshop(
                reads,
                writer,
                keys,
                new BodyFiles(options.folder().resolve("bodies")),
                new EventJournal(options.eventLogBytes(), reads, writer, keys),
                new QueueDepth(),
                schedule,
                AttemptSlots.open(options.folder().resolve("attempts")));
        this.memory = new ContentMemory(options.contentMemory());
        this.intake = new Intake(workshop, memory, options.clock());
        this.claims = new Claims(workshop);
        this.outcomes = new Outcomes(workshop, numbers, options.clock());
        this.deadLetters = new DeadLetters(workshop);
    }

    /**
     * Opens the spool in its folder, or makes a new one. Fails with {@link QueueUnavailableException} and a text for the
     * operator when it is in use, of a newer format, damaged, or encrypted with another master key.
     */
    public static EmbeddedSpool open(SpoolOptions options) throws IOException {
        Store.loadLibrary();
        Files.createDirectories(options.folder());
        EmbeddedSpool spool = new EmbeddedSpool(options);
        try {
            spool.start();
            return spool;
        } catch (RocksDBException e) {
            spool.giveUp();
            throw new QueueUnavailableException(spool.cannotOpen(e), e);
        } catch (RuntimeException | IOException e) {
            spool.giveUp();
            throw e;
        }
    }

    private void start() throws RocksDBException, IOException {
        store.open(options.recovery());
        if (options.recovery() == Recovery.POINT_IN_TIME) {
            losses = RecoveryReport.read(database);
            losses.forEach(line -> LOG.warn("Lost in the recovery: {}", line));
        }
        // What was made here must not vanish in a power cut while its content stays.
        BodyFiles.syncFolder(options.folder());
        BodyFiles.syncFolder(options.folder().toAbsolutePath().resolve(".."));
        schedule.firstToken(SpoolFormat.check(store, options.key()) << 32);
        numbers.open(store);
        InDoubt.mark(store, workshop.slots());
        look();
        watchDisk();
        writer.start();
        removeOrphans();
    }

    /** What the recovery chosen with {@link Recovery#POINT_IN_TIME} had to leave out; empty when nothing. */
    public List<String> recoveryLosses() {
        return losses;
    }

    @Override
    public IncomingContent receive(TenantId tenant, MessageId id) {
        return intake.receive(tenant, id);
    }

    @Override
    public CompletableFuture<Void> enqueue(NewMessage message) {
        String reason = refusal();
        if (reason != null) {
            return CompletableFuture.failedFuture(new QueueUnavailableException(reason));
        }
        return intake.enqueue(message);
    }

    @Override
    public List<LeasedPart> claim(int maxParts, long maxBytes, Predicate<Lane> open) {
        return claims.claim(maxParts, maxBytes, open);
    }

    @Override
    public List<Lease> renew(Collection<Lease> leases) {
        return schedule.renew(leases);
    }

    @Override
    public void release(Lease lease) {
        schedule.release(lease, claimed -> {
            // An attempt of an owner before may have succeeded: its slot stays for the next one to see.
            if (claimed.isAttempted()) {
                workshop.slots().close(lease.part());
            }
        });
    }

    @Override
    public void attempting(Lease lease, AccountId account) {
        String reason = failure;
        if (reason != null) {
            // Its outcome couldn't be recorded.
            throw new QueueUnavailableException(reason);
        }
        schedule.asOwner(lease, claimed -> {
            workshop.slots().open(lease.part(), claimed.state().revision(), account);
            claimed.attempted();
        });
    }

    @Override
    public CompletableFuture<Void> settle(Settlement settlement) {
        try {
            return outcomes.settle(settlement);
        } catch (StaleLeaseException | QueueUnavailableException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public void awaitDue(Instant until) throws InterruptedException {
        schedule.await(until);
    }

    @Override
    public void wake() {
        schedule.wake();
    }

    @Override
    public List<LaneSummary> summary() {
        return Summary.of(workshop.depth(), schedule);
    }

    @Override
    public List<DeadLetter> deadLetters(TenantId tenant, Optional<MessageId> after, int limit) {
        return deadLetters.read(tenant, after, limit);
    }

    @Override
    public List<Entry> read(long after, int limit) {
        return workshop.events().read(after, limit);
    }

    @Override
    public void acknowledge(String consumer, long sequence) {
        workshop.events().acknowledge(consumer, sequence);
    }

    @Override
    public long acknowledged(String consumer) {
        return workshop.events().acknowledged(consumer);
    }

    @Override
    public QueueHealth health() {
        String reason = failure != null ? failure : refusal();
        if (reason != null) {
            return new QueueHealth.Failing(reason);
        }
        if (workshop.events().isNearlyFull()) {
            return new QueueHealth.Strained("the event log is nearly full: a consumer lags behind");
        }
        return new QueueHealth.Healthy();
    }

    @Override
    public void close() {
        closing = true;
        schedule.pause();
        writer.close();
        reads.close();
        store.close();
    }

    /** Tells a listener, on the writer's thread, how many nanoseconds each write and sync took, for metrics. */
    public void onCommit(LongConsumer listener) {
        writer.onCommit(listener);
    }

    /** Octets of the content budget in use, for metrics. */
    public long contentMemoryUsed() {
        return memory.used();
    }

    /** Octets of the event log, for metrics. */
    public long eventLogBytes() {
        return workshop.events().octets();
    }

    /** Why nothing is accepted although the store works; outcomes are recorded all the same, which makes room. */
    private @Nullable String refusal() {
        if (workshop.events().isFull()) {
            return "the event log is full: a consumer doesn't follow";
        }
        String trouble = workshop.files().trouble();
        return trouble != null ? trouble : refusal;
    }

    private void watchDisk() {
        refusal = disk.isLow() ? disk.lowReason() : null;
    }

    /** Learns what is on disk; before the writer starts or on its thread. */
    private void look() throws RocksDBException {
        workshop.events().open(store);
        workshop.depth().recount(reads);
        schedule.restart(DueRows.firstOfLanes(store));
        failure = null;
    }

    private void load(LaneWindow window, WaitingPart from, int count) {
        var unused = reads.submit(open -> DueRows.stretch(open, from, count)).whenComplete((stretch, failed) -> {
            if (failed == null) {
                schedule.loaded(window, stretch.parts(), stretch.next());
            } else if (schedule.loadFailed(window) && failure == null && !closing) {
                LOG.error("Lane {} can't be read and waits; it is tried again every second", window.lane(), failed);
            }
        });
    }

    /** Files of messages that were not, or not yet, committed when a process ended. */
    private void removeOrphans() {
        var unused = reads.sync(() -> {
            try {
                for (MessageId message : workshop.files().settled()) {
                    if (!closing
                            && reads.read(open -> open.find(Family.MESSAGES, message.toBytes()))
                                    .isEmpty()) {
                        workshop.files().delete(message);
                    }
                }
            } catch (IOException | RuntimeException e) {
                LOG.warn("Files of messages that never arrived can't be removed now", e);
            }
        });
    }

    private void giveUp() {
        reads.close();
        store.close();
    }

    private String cannotOpen(RocksDBException e) {
        String cause = "" + e.getMessage();
        if (cause.contains("/LOCK")) {
            return "the spool in " + options.folder() + " is used by another process: " + cause;
        }
        return "the spool in " + options.folder() + " can't be opened: " + cause
                + "; a damaged log can be opened up to the damage with the recovery point-in-time";
    }

    /** What the writer thread does besides writing. */
    private final class Upkeep implements GroupCommit.Owner {
        @Override
        public void tick() {
            watchDisk();
            workshop.files().probe();
            workshop.events().cutWhenDue();
        }

        @Override
        public void failing(String reason) {
            failure = reason;
            schedule.pause();
        }

        @Override
        public void reopen(List<Change> failed) throws IOException, RocksDBException {
            disk.probe();
            watchDisk();
            store.open(Recovery.CUT_OFF_TAIL);
            try {
                takeBack(failed);
                for (Claimed claimed : schedule.leased()) {
                    PartId id = claimed.part().id();
                    byte[] row = store.get(Family.PARTS, PartState.key(id));
                    if (row == null
                            || (claimed.isRead()
                                    && PartState.revision(row)
                                            != claimed.state().revision())) {
                        // Its outcome was on disk after all.
                        schedule.dropLease(claimed);
                        workshop.slots().close(id);
                    }
                }
                look();
            } catch (RocksDBException | RuntimeException e) {
                store.close();
                throw e;
            }
            removeOrphans();
        }

        private void takeBack(List<Change> failed) throws RocksDBException {
            try (Batch batch = new Batch(store)) {
                for (Change change : failed) {
                    change.takeBack(batch);
                }
                batch.write();
            }
        }
    }
}
