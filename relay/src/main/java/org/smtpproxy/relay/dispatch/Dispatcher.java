package org.smtpproxy.relay.dispatch;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.queue.Lease;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.MessageQueue;
import org.smtpproxy.relay.provider.ProviderAccounts;

/**
 * Keeps deliveries going. Each delivery is a virtual thread that claims a due part, makes an attempt, and claims the
 * next; when none is left it ends. One more thread waits for work and starts deliveries, from few to many as long as
 * work is waiting and processors are not: more deliveries at once help against slow providers, but where the processors
 * are the bottleneck they would only take time from the clients that submit.
 */
public final class Dispatcher implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
    private static final Duration GROWTH_PACE = Duration.ofMillis(20);
    private static final Duration PAUSE = Duration.ofMillis(100);
    /** A wait that ends so much later than asked for tells that threads queue for the processors. */
    private static final Duration LATE = Duration.ofMillis(3);

    private static final long BYTES_AT_ONCE = Long.MAX_VALUE;

    private final MessageQueue queue;
    private final ProviderAccounts accounts;
    private final AttemptMaker attempts;
    private final DispatchOptions options;
    private final Clock clock;
    private final Map<PartId, Delivering> running = new ConcurrentHashMap<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition ended = lock.newCondition();
    private int deliveries;
    private int allowed;
    private Instant lastGrowth = Instant.MIN;
    private volatile boolean stopping;

    /** A part being delivered and the thread that does it. */
    private record Delivering(Lease lease, Thread thread) {}

    public Dispatcher(
            MessageQueue queue,
            ProviderAccounts accounts,
            AttemptMaker attempts,
            DispatchOptions options,
            Clock clock) {
        this.queue = queue;
        this.accounts = accounts;
        this.attempts = attempts;
        this.options = options;
        this.clock = clock;
        this.allowed = options.fewest();
    }

    public void start() {
        Thread.ofVirtual().name("dispatch").start(this::waitForWork);
        Thread.ofVirtual().name("lease-renewal").start(this::renewLeases);
    }

    /** How many deliveries run now. */
    public int running() {
        return running.size();
    }

    /** Begins no further delivery and waits for the running ones; true when all have ended in time. */
    public boolean drain(Duration patience) throws InterruptedException {
        stopping = true;
        queue.wake();
        lock.lock();
        try {
            ended.signalAll();
            long left = patience.toNanos();
            while (deliveries > 0 && left > 0) {
                left = ended.awaitNanos(left);
            }
            return deliveries == 0;
        } finally {
            lock.unlock();
        }
    }

    /** Ends what still runs. A delivery whose content was handed over stays in doubt in the queue. */
    @Override
    public void close() {
        stopping = true;
        queue.wake();
        running.values().forEach(delivering -> delivering.thread().interrupt());
    }

    private void waitForWork() {
        try {
            while (!stopping) {
                beginOrWait();
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    private void beginOrWait() throws InterruptedException {
        try {
            if (!mayBegin()) {
                awaitEnd();
            } else if (!begin()) {
                queue.awaitDue(clock.instant().plus(LONGEST_WAIT));
            }
        } catch (RuntimeException unexpected) {
            LOG.error("dispatch stumbled and goes on", unexpected);
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        }
    }

    private boolean begin() {
        List<LeasedPart> parts = queue.claim(1, BYTES_AT_ONCE, this::hasRoom);
        if (parts.isEmpty()) {
            return false;
        }
        lock.lock();
        try {
            deliveries++;
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name("delivery").start(() -> deliver(parts));
        return true;
    }

    /** Whether one more delivery may begin; the number allowed grows while work is waiting. */
    private boolean mayBegin() {
        lock.lock();
        try {
            Instant now = clock.instant();
            if (deliveries >= allowed && allowed < options.most() && now.isAfter(lastGrowth.plus(GROWTH_PACE))) {
                allowed = Math.min(options.most(), allowed + allowed / 2);
                lastGrowth = now;
            }
            return deliveries < allowed;
        } finally {
            lock.unlock();
        }
    }

    /** Work may be waiting all the time here, so the queue is not asked: a delivery must end, or more be allowed. */
    private void awaitEnd() throws InterruptedException {
        lock.lock();
        try {
            long left = GROWTH_PACE.toNanos();
            while (deliveries >= allowed && !stopping && left > 0) {
                left = ended.awaitNanos(left);
            }
            if (left < -LATE.toNanos()) {
                allowed = Math.max(options.fewest(), allowed * 2 / 3);
                lastGrowth = clock.instant();
            }
        } finally {
            lock.unlock();
        }
    }

    private boolean mayGoOn() {
        lock.lock();
        try {
            return !stopping && deliveries <= allowed;
        } finally {
            lock.unlock();
        }
    }

    private void deliver(List<LeasedPart> first) {
        try {
            List<LeasedPart> parts = first;
            while (!parts.isEmpty()) {
                attempt(parts.getFirst());
                parts = mayGoOn() ? queue.claim(1, BYTES_AT_ONCE, this::hasRoom) : List.of();
            }
        } catch (RuntimeException unexpected) {
            LOG.error("a delivery ended unexpectedly", unexpected);
        } finally {
            lock.lock();
            try {
                deliveries--;
                allowed = Math.max(options.fewest(), Math.min(allowed, deliveries + 1));
                ended.signalAll();
            } finally {
                lock.unlock();
            }
            queue.wake();
        }
    }

    private void attempt(LeasedPart part) {
        PartId id = part.lease().part();
        running.put(id, new Delivering(part.lease(), Thread.currentThread()));
        try {
            attempts.attempt(part, () -> stopping);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } finally {
            running.remove(id);
        }
    }

    private boolean hasRoom(Lane lane) {
        return accounts.hasRoom(lane.account());
    }

    private void renewLeases() {
        try {
            while (!stopping || running() > 0) {
                TimeUnit.NANOSECONDS.sleep(options.leaseRenewal().toNanos());
                List<Lease> lost = queue.renew(
                        running.values().stream().map(Delivering::lease).toList());
                lost.forEach(lease -> LOG.warn("the lease of {} was lost", lease.part()));
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }
}
