package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.queue.QueueUnavailableException;

/**
 * The one thread that writes. It takes what has gathered while the last sync ran, up to 512 changes or 8 MB, writes it
 * as one batch with one sync, and then tells everyone. An error is never retried as if it had worked: the changes of
 * the batch fail, the store is closed, and opened again, here, when the disk proves itself. What was synced stays. What
 * failed may be on disk; it is taken back before anyone can see it, unless the process ends before the disk works.
 */
final class GroupCommit {
    private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
    private static final int MOST_CHANGES = 512;
    private static final int MOST_BYTES = 4 * 1024 * 1024;
    private static final int KILOBYTES_WAITING = 16 * 1024;
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long COMPLAINT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What else happens on the writer thread. */
    interface Owner {
        /** About twice a second while the store works. */
        void tick();

        /** The store is about to be closed after an error. */
        void failing(String reason);

        /**
         * Checks the disk, opens the store again and takes back what may be on disk of the failed batch, or throws.
         *
         * @param failed the changes of that batch, in their order
         */
        void reopen(List<Change> failed) throws IOException, RocksDBException;
    }

    private final Store store;
    private final Owner owner;
    private final BlockingQueue<Change> waiting = new ArrayBlockingQueue<>(4 * MOST_CHANGES);
    private final Semaphore kilobytes = new Semaphore(KILOBYTES_WAITING);
    private final List<Change> group = new ArrayList<>(MOST_CHANGES);
    private final Thread thread = Thread.ofPlatform().name("spool-writer").unstarted(this::run);
    private volatile LongConsumer commitListener = nanos -> {};
    private volatile boolean closing;
    private volatile @Nullable String failure;
    private long lastTick = System.nanoTime();
    private long lastComplaint = lastTick - COMPLAINT_NANOS;

    GroupCommit(Store store, Owner owner) {
        this.store = store;
        this.owner = owner;
    }

    void start() {
        thread.start();
    }

    /** Who is told, on the writer's thread, how many nanoseconds each write and sync took. */
    void onCommit(LongConsumer listener) {
        commitListener = listener;
    }

    /** Hands a change to the writer; waits while too much is on its way already. */
    CompletableFuture<Void> submit(Change change) {
        String reason = failure;
        if (reason != null || closing) {
            change.refused();
            change.done().completeExceptionally(unavailable(reason));
            return change.done();
        }
        kilobytes.acquireUninterruptibly(weight(change));
        boolean interrupted = false;
        while (true) {
            try {
                waiting.put(change);
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!thread.isAlive()) {
            failWaiting(unavailable(failure));
        }
        return change.done();
    }

    /** Writes what waits, then ends. */
    void close() {
        closing = true;
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        failWaiting(unavailable(failure));
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (true) {
            takeGroup();
            if (group.isEmpty() && closing) {
                return;
            }
            try {
                if (!group.isEmpty()) {
                    commit();
                }
                tickWhenDue();
            } catch (RocksDBException | RuntimeException | Error e) {
                // Whatever it was, memory may no longer tell what the disk does: start over from the disk.
                recover(e);
            }
            group.clear();
        }
    }

    private void takeGroup() {
        Change first = poll(closing ? 0 : TICK_NANOS);
        int bytes = 0;
        for (Change next = first; next != null; next = waiting.poll()) {
            group.add(next);
            bytes += next.bytes();
            if (group.size() == MOST_CHANGES || bytes >= MOST_BYTES) {
                return;
            }
        }
    }

    private @Nullable Change poll(long nanos) {
        try {
            return waiting.poll(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; closing is told by a flag.
            return null;
        }
    }

    private void commit() throws RocksDBException {
        try (Batch batch = new Batch(store)) {
            for (Iterator<Change> each = group.iterator(); each.hasNext(); ) {
                if (!added(each.next(), batch)) {
                    each.remove();
                }
            }
            long begin = System.nanoTime();
            batch.write();
            commitListener.accept(System.nanoTime() - begin);
        }
        group.forEach(Change::committed);
        group.forEach(change -> kilobytes.release(weight(change)));
        // Waking from a carrier thread is cheaper than from here, and the next batch can start.
        List<Change> written = List.copyOf(group);
        group.clear();
        Thread.startVirtualThread(() -> written.forEach(change -> change.done().complete(null)));
    }

    private boolean added(Change change, Batch batch) throws RocksDBException {
        try {
            change.addTo(batch);
            return true;
        } catch (UnreadableException e) {
            complain(e);
            refuse(change, e);
            return false;
        }
    }

    /** Whoever made the change may try again and again. */
    private void complain(UnreadableException cause) {
        if (System.nanoTime() - lastComplaint >= COMPLAINT_NANOS) {
            lastComplaint = System.nanoTime();
            LOG.error("A change needs what can't be read, and fails", cause);
        }
    }

    private void tickWhenDue() throws RocksDBException {
        if (System.nanoTime() - lastTick < TICK_NANOS) {
            return;
        }
        lastTick = System.nanoTime();
        if (store.backgroundErrors() > 0) {
            throw new RocksDBException("flush or compaction failed");
        }
        owner.tick();
    }

    private void recover(Throwable cause) {
        LOG.error("The spool failed; nothing is accepted until the disk works again", cause);
        setFailure("the spool failed: " + cause.getMessage());
        List<Change> failed = List.copyOf(group);
        failed.forEach(change -> fail(change, unavailable(failure)));
        group.clear();
        store.close();
        while (!closing) {
            Change change = poll(TICK_NANOS);
            if (change != null) {
                refuse(change, unavailable(failure));
                failWaiting(unavailable(failure));
            }
            if (System.nanoTime() - lastTick >= TICK_NANOS && reopened(failed)) {
                return;
            }
        }
    }

    private boolean reopened(List<Change> failed) {
        try {
            owner.reopen(failed);
            failure = null;
            LOG.info("The spool works again");
            return true;
        } catch (IOException | RocksDBException | RuntimeException e) {
            setFailure("the spool can't be opened again: " + e.getMessage());
            return false;
        } finally {
            lastTick = System.nanoTime();
        }
    }

    private void setFailure(String reason) {
        failure = reason;
        owner.failing(reason);
    }

    private void failWaiting(QueueUnavailableException cause) {
        for (Change next = waiting.poll(); next != null; next = waiting.poll()) {
            refuse(next, cause);
        }
    }

    private void fail(Change change, QueueUnavailableException cause) {
        change.failed();
        end(change, cause);
    }

    private void refuse(Change change, QueueUnavailableException cause) {
        change.refused();
        end(change, cause);
    }

    private void end(Change change, QueueUnavailableException cause) {
        kilobytes.release(weight(change));
        Thread.startVirtualThread(() -> change.done().completeExceptionally(cause));
    }

    private static int weight(Change change) {
        return Math.min(KILOBYTES_WAITING, change.bytes() / 1024 + 1);
    }

    private static QueueUnavailableException unavailable(@Nullable String reason) {
        return new QueueUnavailableException(reason == null ? "the spool is closed" : reason);
    }
}
