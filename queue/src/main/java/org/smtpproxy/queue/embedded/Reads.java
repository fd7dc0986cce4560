package org.smtpproxy.queue.embedded;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import org.smtpproxy.queue.QueueUnavailableException;

/**
 * The few platform threads that read the store and sync files. A virtual thread waits for them without holding its
 * carrier, which a call into RocksDB or fsync would.
 */
final class Reads {
    private final Store store;
    private final ExecutorService readers = Executors.newFixedThreadPool(
            2, Thread.ofPlatform().name("spool-reader-", 0).factory());
    private final ExecutorService syncers = Executors.newFixedThreadPool(
            4, Thread.ofPlatform().name("spool-sync-", 0).factory());

    Reads(Store store) {
        this.store = store;
    }

    <T> CompletableFuture<T> submit(Store.Reading<T> reading) {
        try {
            return CompletableFuture.supplyAsync(() -> store.read(reading), readers);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new QueueUnavailableException("the spool is closed", e));
        }
    }

    /** Reads and waits for it. */
    <T> T read(Store.Reading<T> reading) {
        try {
            return submit(reading).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /** Runs file work that may take as long as the disk likes. */
    CompletableFuture<Void> sync(Runnable work) {
        try {
            return CompletableFuture.runAsync(work, syncers);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(new QueueUnavailableException("the spool is closed", e));
        }
    }

    void close() {
        try {
            // Those that sync may still read.
            syncers.shutdown();
            syncers.awaitTermination(1, TimeUnit.MINUTES);
            readers.shutdown();
            readers.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
