package org.smtpproxy.queue.embedded;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;

import org.smtpproxy.queue.encryption.ContentSealer;

/**
 * The memory that content may take, of messages that arrive and of messages that wait for their first delivery. The
 * latter are on disk as well: they are dropped when an arriving message needs the room, newest first, since the oldest
 * are those whose turn comes next. A quarter of the budget is for segments of messages that go to files while they
 * arrive; when that is used up as well, a message that needs more room is refused for now.
 */
final class ContentMemory {
    private static final int LEAST_SEGMENTS = 16;

    private final long budget;
    private final Semaphore segments;
    private final ReentrantLock lock = new ReentrantLock();
    private final SequencedSet<FreshMessage> droppable = new LinkedHashSet<>();
    private long used;

    ContentMemory(long total) {
        int wanted = (int) (total / 4 / ContentSealer.SEGMENT);
        this.segments = new Semaphore(Math.max(LEAST_SEGMENTS, wanted));
        this.budget = total - (long) wanted * ContentSealer.SEGMENT;
    }

    /** Takes the room of one segment that is filled and written again and again; false when none is left. */
    boolean takeSegment() {
        return segments.tryAcquire();
    }

    void giveSegment() {
        segments.release();
    }

    /** Takes octets of the budget, dropping what is on disk; false when all of it is arriving messages. */
    boolean reserve(long bytes) {
        List<FreshMessage> dropped = new ArrayList<>();
        boolean enough;
        lock.lock();
        try {
            while (used + bytes > budget && !droppable.isEmpty()) {
                FreshMessage newest = droppable.removeLast();
                used -= newest.bytes();
                dropped.add(newest);
            }
            enough = used + bytes <= budget;
            if (enough) {
                used += bytes;
            }
        } finally {
            lock.unlock();
        }
        dropped.forEach(FreshMessage::forget);
        return enough;
    }

    void release(long bytes) {
        lock.lock();
        try {
            used -= bytes;
        } finally {
            lock.unlock();
        }
    }

    /** From now on, the content is on disk and may be dropped. */
    void mayDrop(FreshMessage content) {
        lock.lock();
        try {
            droppable.add(content);
        } finally {
            lock.unlock();
        }
    }

    /** Gives back what a droppable content holds, once. */
    void drop(FreshMessage content) {
        boolean mine;
        lock.lock();
        try {
            mine = droppable.remove(content);
            if (mine) {
                used -= content.bytes();
            }
        } finally {
            lock.unlock();
        }
        if (mine) {
            content.forget();
        }
    }

    long used() {
        lock.lock();
        try {
            return used;
        } finally {
            lock.unlock();
        }
    }
}
