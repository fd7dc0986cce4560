package org.smtpproxy.queue.embedded;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.encryption.DamagedException;
import org.smtpproxy.queue.encryption.MessageKey;

/**
 * How parts get out: takes those whose turn it is and, unless they are fresh, reads their rows, all in one go. A part
 * that can't be read keeps its lease, so that it is out of the way of the others; it is tried, and told of, again when
 * the lease is over.
 */
final class Claims {
    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private final Workshop workshop;

    /** The rows of a part and its message. */
    private record Rows(List<byte[]> messages, List<byte[]> parts) {}

    Claims(Workshop workshop) {
        this.workshop = workshop;
    }

    List<LeasedPart> claim(int maxParts, long maxBytes, Predicate<Lane> open) {
        List<Claimed> claimed = workshop.schedule().claim(maxParts, maxBytes, open);
        List<Claimed> cold = new ArrayList<>();
        for (Claimed part : claimed) {
            FreshMessage fresh = part.part().fresh();
            FreshMessage.Held held = fresh == null ? null : fresh.held();
            if (held == null) {
                cold.add(part);
            } else {
                part.read(held.head(), held.part(), held.key());
            }
        }
        if (!cold.isEmpty()) {
            read(cold);
        }
        return claimed.stream().filter(Claimed::isRead).map(this::leased).toList();
    }

    private void read(List<Claimed> cold) {
        List<PartId> ids = cold.stream().map(part -> part.part().id()).toList();
        try {
            Rows rows = workshop.reads()
                    .read(store -> new Rows(
                            store.getAll(
                                    Family.MESSAGES,
                                    ids.stream()
                                            .map(id -> id.message().toBytes())
                                            .toList()),
                            store.getAll(
                                    Family.PARTS,
                                    ids.stream().map(PartState::key).toList())));
            for (int i = 0; i < cold.size(); i++) {
                decode(cold.get(i), rows.messages().get(i), rows.parts().get(i));
            }
        } catch (UnreadableException e) {
            if (cold.size() == 1) {
                unreadable(ids.getFirst(), e);
            } else {
                cold.forEach(part -> read(List.of(part)));
            }
        } catch (QueueUnavailableException e) {
            // The store is closed; all of this starts over when it opens again.
            cold.stream()
                    .filter(part -> !part.isRead())
                    .forEach(part -> workshop.schedule().release(part.lease(), given -> {}));
        }
    }

    private void decode(Claimed claimed, byte[] messageRow, byte[] partRow) {
        PartId id = claimed.part().id();
        try {
            MessageKey key = workshop.keys().of(claimed.part().lane().tenant(), id.message());
            if (messageRow == null || partRow == null) {
                throw new DamagedException("a row is missing");
            }
            claimed.read(MessageHead.decode(id.message(), messageRow, key), PartState.decode(id, partRow, key), key);
        } catch (DamagedException | UnreadableException e) {
            unreadable(id, e);
        }
    }

    private static void unreadable(PartId id, Exception cause) {
        LOG.error("Part {} can't be read and stays in the spool", id, cause);
    }

    private LeasedPart leased(Claimed claimed) {
        MessageHead head = claimed.head();
        PartState state = claimed.state();
        Lane lane = claimed.part().lane();
        Optional<AccountId> inDoubt = workshop.slots().account(state.id()).or(state::inDoubt);
        return new LeasedPart(
                claimed.lease(),
                lane,
                head.sender(),
                state.recipients(),
                head.needs(),
                head.receivedAt(),
                head.sessionId(),
                inDoubt,
                new StoredContent(
                        head,
                        claimed.key(),
                        workshop.reads(),
                        workshop.files(),
                        claimed.part().fresh()));
    }
}
