package org.smtpproxy.queue.embedded;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MasterKey;
import org.smtpproxy.queue.encryption.MessageKey;
import org.smtpproxy.queue.encryption.TenantKey;

/**
 * The tenants' data keys: made when a tenant's first message arrives, durable before anything is sealed with them.
 * Waits for the disk; never called from the spool's own threads.
 */
final class TenantKeys {
    private final MasterKey master;
    private final Reads reads;
    private final GroupCommit writer;
    private final ConcurrentMap<TenantId, CompletableFuture<TenantKey>> keys = new ConcurrentHashMap<>();

    TenantKeys(MasterKey master, Reads reads, GroupCommit writer) {
        this.master = master;
        this.reads = reads;
        this.writer = writer;
    }

    MessageKey of(TenantId tenant, MessageId message) {
        return of(tenant).of(message);
    }

    private TenantKey of(TenantId tenant) {
        CompletableFuture<TenantKey> mine = new CompletableFuture<>();
        CompletableFuture<TenantKey> known = keys.putIfAbsent(tenant, mine);
        if (known != null) {
            return joined(known);
        }
        try {
            mine.complete(loadOrMake(tenant));
        } catch (RuntimeException e) {
            keys.remove(tenant, mine);
            mine.completeExceptionally(e);
        }
        return joined(mine);
    }

    private TenantKey loadOrMake(TenantId tenant) {
        byte[] row = ("tenant/" + tenant).getBytes(StandardCharsets.US_ASCII);
        return reads.read(store -> store.find(Family.META, row))
                .map(wrapped -> unwrap(tenant, wrapped))
                .orElseGet(() -> make(tenant, row));
    }

    private TenantKey make(TenantId tenant, byte[] row) {
        TenantKey made = master.newTenantKey();
        byte[] wrapped = master.wrap(tenant, made);
        joined(writer.submit(new Change(wrapped.length) {
            @Override
            void addTo(Batch batch) throws RocksDBException {
                batch.overwrite(row, wrapped);
            }
        }));
        return made;
    }

    private TenantKey unwrap(TenantId tenant, byte[] wrapped) {
        try {
            return master.unwrap(tenant, wrapped);
        } catch (DamagedException e) {
            throw new UnreadableException("the key of tenant " + tenant + " is damaged", e);
        }
    }

    private static <T extends @Nullable Object> T joined(CompletableFuture<T> future) {
        try {
            return future.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof UnreadableException cause) {
                throw new UnreadableException("" + cause.getMessage(), cause);
            }
            if (e.getCause() instanceof QueueUnavailableException cause) {
                throw new QueueUnavailableException("" + cause.getMessage(), cause);
            }
            throw e;
        }
    }
}
