package org.smtpproxy.queue.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.queue.DeadLetter;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MessageKey;

/** Reads the dead letter store. */
final class DeadLetters {
    private static final Logger LOG = LoggerFactory.getLogger(DeadLetters.class);

    private final Workshop workshop;

    DeadLetters(Workshop workshop) {
        this.workshop = workshop;
    }

    /** All of a message's dead letters come together, even when that is more than the limit. */
    List<DeadLetter> read(TenantId tenant, Optional<MessageId> after, int limit) {
        List<Map.Entry<PartId, byte[]>> rows = workshop.reads().read(store -> rows(store, tenant, after, limit));
        List<byte[]> heads = workshop.reads()
                .read(store -> store.getAll(
                        Family.MESSAGES,
                        rows.stream()
                                .map(row -> row.getKey().message().toBytes())
                                .toList()));
        List<DeadLetter> letters = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            decode(tenant, rows.get(i), heads.get(i)).ifPresent(letters::add);
        }
        return letters;
    }

    private static List<Map.Entry<PartId, byte[]>> rows(
            Store store, TenantId tenant, Optional<MessageId> after, int limit) throws RocksDBException {
        List<Map.Entry<PartId, byte[]>> rows = new ArrayList<>();
        byte[] from = after.map(message -> DeadRow.behind(tenant, message)).orElseGet(() -> DeadRow.first(tenant));
        store.scan(Family.DEAD, from, DeadRow.behind(tenant), at -> {
            PartId id = DeadRow.id(at.key());
            if (rows.size() >= limit && !rows.getLast().getKey().message().equals(id.message())) {
                return false;
            }
            rows.add(Map.entry(id, at.value()));
            return true;
        });
        return rows;
    }

    private Optional<DeadLetter> decode(TenantId tenant, Map.Entry<PartId, byte[]> row, byte[] headRow) {
        PartId id = row.getKey();
        MessageKey key = workshop.keys().of(tenant, id.message());
        try {
            if (headRow == null) {
                throw new DamagedException("a row is missing");
            }
            MessageHead head = MessageHead.decode(id.message(), headRow, key);
            DeadRow dead = DeadRow.decode(id, row.getValue(), key);
            return Optional.of(new DeadLetter(
                    id,
                    tenant,
                    head.sender(),
                    dead.recipients(),
                    head.receivedAt(),
                    dead.givenUpAt(),
                    new StoredContent(head, key, workshop.reads(), workshop.files(), null)));
        } catch (DamagedException e) {
            LOG.error("Dead letter {} can't be read and stays in the spool", id, e);
            return Optional.empty();
        }
    }
}
