package org.smtpproxy.queue.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.queue.IncomingContent;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.encryption.ContentSealer;
import org.smtpproxy.queue.encryption.MessageKey;

/**
 * Content on its way in: plain in memory up to 256 KB as long as {@link ContentMemory} has room, otherwise sealed,
 * segment by segment, into a file; then only one segment is in memory.
 */
final class Incoming implements IncomingContent {
    private static final int MOST_IN_MEMORY = 256 * 1024;
    private static final int SMALLEST = 4 * 1024;
    private static final byte[] NOTHING = {};

    private final MessageId message;
    private final MessageKey key;
    private final ContentMemory memory;
    private final BodyFiles files;
    private final List<byte[]> segments = new ArrayList<>();
    private final ContentSealer sealer;
    private byte[] current = NOTHING;
    private int filled;
    private long size;
    private long reserved;
    private @Nullable FileChannel file;
    private boolean inFile;
    private boolean hasSegment;
    private boolean sealed;
    private boolean taken;

    Incoming(MessageId message, MessageKey key, ContentMemory memory, BodyFiles files) {
        this.message = message;
        this.key = key;
        this.memory = memory;
        this.files = files;
        this.sealer = new ContentSealer(key);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        if (sealed) {
            throw new IllegalStateException("the content was sealed");
        }
        int at = offset;
        int rest = length;
        while (rest > 0) {
            makeRoom(rest);
            int count = Math.min(rest, current.length - filled);
            System.arraycopy(bytes, at, current, filled, count);
            filled += count;
            size += count;
            at += count;
            rest -= count;
        }
    }

    @Override
    public MessageContent seal() {
        if (!sealed) {
            sealed = true;
            if (inFile) {
                writeSegment(true);
                closeFile();
                giveSegment();
            } else {
                resize(filled);
                segments.add(current);
            }
            current = NOTHING;
        }
        return new ArrivedContent(this);
    }

    @Override
    public void close() {
        if (taken) {
            return;
        }
        taken = true;
        memory.release(reserved);
        reserved = 0;
        segments.clear();
        current = NOTHING;
        giveSegment();
        if (inFile) {
            try {
                closeFile();
            } finally {
                files.abandon(message);
            }
        }
    }

    private void giveSegment() {
        if (hasSegment) {
            hasSegment = false;
            memory.giveSegment();
        }
    }

    /** Hands over what it holds: {@link #close} does nothing from now on. */
    void take(MessageId by) {
        if (!sealed || taken || !by.equals(message)) {
            throw new IllegalStateException("only sealed content can be enqueued, once, with its message");
        }
        taken = true;
    }

    MessageId message() {
        return message;
    }

    MessageKey key() {
        return key;
    }

    BodyFiles files() {
        return files;
    }

    long size() {
        return size;
    }

    /** What it took of the memory budget. */
    long reserved() {
        return reserved;
    }

    boolean isInFile() {
        return inFile;
    }

    /** The plain content; empty when it is in a file. */
    List<byte[]> segments() {
        return List.copyOf(segments);
    }

    /** The content sealed in one piece, for a row. */
    byte[] sealedContent() {
        byte[] target = Arrays.copyOf(sealer.header(), Math.toIntExact(ContentSealer.sealedSize(size)));
        int at = ContentSealer.HEADER;
        for (int i = 0; i < segments.size(); i++) {
            byte[] segment = segments.get(i);
            at += sealer.seal(segment, segment.length, i == segments.size() - 1, target, at);
        }
        return target;
    }

    private void makeRoom(int wanted) {
        if (filled < current.length) {
            return;
        }
        if (filled == ContentSealer.SEGMENT) {
            nextSegment();
            if (filled < current.length) {
                return;
            }
        }
        int grown = (int) Math.min(
                ContentSealer.SEGMENT, Math.max(SMALLEST, Math.max(2L * filled, filled + (long) wanted)));
        if (!inFile && !memory.reserve(grown - current.length)) {
            spill();
        } else if (!inFile) {
            reserved += grown - current.length;
        }
        current = Arrays.copyOf(current, grown);
    }

    private void nextSegment() {
        if (!inFile && size < MOST_IN_MEMORY) {
            segments.add(current);
            current = NOTHING;
        } else {
            if (!inFile) {
                spill();
            }
            writeSegment(false);
        }
        filled = 0;
    }

    /** Moves what is complete to a file; the memory is given back, and one segment goes on being filled. */
    private void spill() {
        if (!memory.takeSegment()) {
            throw new QueueUnavailableException("the memory for arriving mail is used up");
        }
        hasSegment = true;
        try {
            inFile = true;
            file = files.create(message);
            writeFully(ByteBuffer.wrap(sealer.header()));
        } catch (IOException e) {
            throw files.failed(e);
        }
        for (byte[] segment : segments) {
            seal(segment, segment.length, false);
        }
        segments.clear();
        memory.release(reserved);
        reserved = 0;
    }

    private void writeSegment(boolean last) {
        seal(current, filled, last);
    }

    private void seal(byte[] plain, int length, boolean last) {
        byte[] target = new byte[(int) ContentSealer.sealedSize(length) - ContentSealer.HEADER];
        int count = sealer.seal(plain, length, last, target, 0);
        try {
            writeFully(ByteBuffer.wrap(target, 0, count));
        } catch (IOException e) {
            throw files.failed(e);
        }
    }

    private void writeFully(ByteBuffer buffer) throws IOException {
        FileChannel channel = file;
        if (channel == null) {
            throw new ClosedChannelException();
        }
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private void resize(int length) {
        memory.release(current.length - length);
        reserved -= current.length - length;
        current = current.length == length ? current : Arrays.copyOf(current, length);
    }

    private void closeFile() {
        try {
            if (file != null) {
                file.close();
                file = null;
            }
        } catch (IOException e) {
            throw files.failed(e);
        }
    }
}
