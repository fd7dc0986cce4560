package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.zip.CRC32C;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.queue.QueueUnavailableException;

/**
 * Which parts are being handed to a provider right now, in slots of a memory-mapped file. A store to it costs no
 * system call, and what a killed process stored is still in the file. The file is written in full when it is made, so
 * that a full disk can't strike later. ADR 0003 says why this isn't a write to RocksDB.
 */
final class AttemptSlots {
    private static final int SLOTS = 4096;
    private static final int SLOT_BYTES = 256;
    private static final int OPEN = 0x41545431;
    /** State, message, part, revision, length of the account's name. */
    private static final int FIELDS = 4 + 16 + 8 + 8 + 4;

    /** An attempt whose end was not recorded. */
    record Attempt(PartId part, long revision, AccountId account) {}

    private record Slot(int index, AccountId account) {}

    private final MappedByteBuffer file;
    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Integer> free = new ArrayDeque<>();
    private final Map<PartId, Slot> used = new HashMap<>();

    private AttemptSlots(MappedByteBuffer file) {
        this.file = file;
        for (int index = 0; index < SLOTS; index++) {
            free.add(index);
        }
    }

    static AttemptSlots open(Path path) throws IOException {
        try (FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = (long) SLOTS * SLOT_BYTES;
            if (channel.size() != size) {
                channel.truncate(0);
                ByteBuffer zeros = ByteBuffer.allocate((int) size);
                while (zeros.hasRemaining()) {
                    channel.write(zeros);
                }
                channel.force(true);
            }
            return new AttemptSlots(channel.map(FileChannel.MapMode.READ_WRITE, 0, size));
        }
    }

    /** Attempts that a killed process left open. */
    List<Attempt> leftOpen() {
        List<Attempt> attempts = new ArrayList<>();
        for (int index = 0; index < SLOTS; index++) {
            read(index).ifPresent(attempts::add);
        }
        return attempts;
    }

    /** Frees all slots; what they told is in the parts' rows now. */
    void clear() {
        for (int index = 0; index < SLOTS; index++) {
            file.putInt(index * SLOT_BYTES, 0);
        }
    }

    void open(PartId part, long revision, AccountId account) {
        lock.lock();
        try {
            Integer index = free.poll();
            if (index == null) {
                throw new QueueUnavailableException("more than " + SLOTS + " attempts at once");
            }
            write(index, new Attempt(part, revision, account));
            Slot before = used.put(part, new Slot(index, account));
            if (before != null) {
                release(before);
            }
        } finally {
            lock.unlock();
        }
    }

    void close(PartId part) {
        lock.lock();
        try {
            Slot slot = used.remove(part);
            if (slot != null) {
                release(slot);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The account of a part's open attempt. */
    Optional<AccountId> account(PartId part) {
        lock.lock();
        try {
            return Optional.ofNullable(used.get(part)).map(Slot::account);
        } finally {
            lock.unlock();
        }
    }

    private void release(Slot slot) {
        file.putInt(slot.index() * SLOT_BYTES, 0);
        free.add(slot.index());
    }

    private void write(int index, Attempt attempt) {
        byte[] account = attempt.account().toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer slot = ByteBuffer.allocate(FIELDS + account.length + 4)
                .putInt(OPEN)
                .putLong(attempt.part().message().high())
                .putLong(attempt.part().message().low())
                .putLong(attempt.part().number())
                .putLong(attempt.revision())
                .putInt(account.length)
                .put(account);
        slot.putInt(checksum(slot.array(), slot.position()));
        file.put(index * SLOT_BYTES, slot.array());
    }

    private Optional<Attempt> read(int index) {
        byte[] octets = new byte[SLOT_BYTES];
        file.get(index * SLOT_BYTES, octets);
        ByteBuffer slot = ByteBuffer.wrap(octets);
        int length = slot.getInt(FIELDS - 4);
        if (slot.getInt() != OPEN || length < 0 || length > SLOT_BYTES - FIELDS - 4) {
            return Optional.empty();
        }
        // A slot that was cut off while it was written: the content had not been handed over yet.
        if (slot.getInt(FIELDS + length) != checksum(octets, FIELDS + length)) {
            return Optional.empty();
        }
        PartId part = new PartId(MessageId.fromBytes(slot), slot.getLong());
        long revision = slot.getLong();
        String account = new String(octets, FIELDS, length, StandardCharsets.UTF_8);
        return Optional.of(new Attempt(part, revision, AccountId.parse(account)));
    }

    private static int checksum(byte[] octets, int length) {
        CRC32C sum = new CRC32C();
        sum.update(octets, 0, length);
        return (int) sum.getValue();
    }
}
