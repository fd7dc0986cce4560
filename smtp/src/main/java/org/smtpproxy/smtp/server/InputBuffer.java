package org.smtpproxy.smtp.server;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

import org.jspecify.annotations.Nullable;

/**
 * Where a connection reads into: a small buffer while it waits for commands, which is what thousands of idle clients
 * do, and a large one, borrowed from a pool, while content or a long batch of commands comes.
 */
final class InputBuffer {
    /** A TLS record and the longest line fit in. */
    private static final int LARGE = 16 * 1024;

    private static final int SMALL = 1024;

    /** Large buffers at rest, shared by the connections of a server. */
    static final class Pool {
        private static final int MOST_AT_REST = 128;
        private final ArrayBlockingQueue<ByteBuffer> resting = new ArrayBlockingQueue<>(MOST_AT_REST);

        ByteBuffer take() {
            ByteBuffer buffer = resting.poll();
            return buffer != null ? buffer : ByteBuffer.allocate(LARGE);
        }

        void giveBack(ByteBuffer buffer) {
            resting.offer(buffer.clear());
        }
    }

    private final Pool pool;
    private final ByteBuffer small = ByteBuffer.allocate(SMALL);
    private @Nullable ByteBuffer large;
    private boolean wasFull;

    InputBuffer(Pool pool) {
        this.pool = pool;
    }

    /** The buffer to read into; {@code muchExpected} asks for the large one. */
    ByteBuffer toFill(boolean muchExpected) {
        boolean muchToTake = muchExpected || wasFull;
        if (large == null && (muchToTake || !small.hasRemaining())) {
            large = pool.take().put(small.flip());
            small.clear();
        } else if (large != null && !muchToTake && large.position() == 0) {
            close();
        }
        return current();
    }

    /** The same buffer, turned for taking out what was read. */
    ByteBuffer toTake() {
        wasFull = !current().hasRemaining();
        return current().flip();
    }

    /** Keeps what was not taken for the next time. */
    void taken() {
        current().compact();
    }

    void discard() {
        current().clear();
    }

    void close() {
        if (large != null) {
            pool.giveBack(large);
            large = null;
        }
    }

    private ByteBuffer current() {
        return large != null ? large : small;
    }
}
