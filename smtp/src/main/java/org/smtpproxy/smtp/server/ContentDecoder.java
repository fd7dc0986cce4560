package org.smtpproxy.smtp.server;

import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.smtp.server.SessionLimits.BareNewlines;

/**
 * Turns the octets behind DATA or BDAT into content: finds the end of data, takes stuffed dots out, and holds line
 * endings to CRLF. The end of data is CRLF.CRLF and nothing that looks like it, in either mode: a dot counts only
 * directly behind a CRLF that the client really sent, because servers that disagree here can be made to see two
 * messages where the other sees one (SMTP smuggling). Normalising may thus leave a line with a single dot in the
 * content; sending stuffs it again. Content that is refused goes on being read to its end, into nothing.
 */
final class ContentDecoder {
    /** Why content is refused. */
    enum Refusal {
        TOO_BIG,
        BARE_NEWLINE,
        RECEIVER_FAILED
    }

    /** Takes decoded octets; may throw, and gets nothing more then. */
    @FunctionalInterface
    interface Receiver {
        void content(byte[] bytes, int offset, int length);
    }

    private enum State {
        /** Behind CRLF, where a dot is special. */
        LINE_START,
        /** Behind CRLF and a dot, which is dropped whatever follows. */
        DOT,
        /** Behind CRLF, a dot and a CR that is held back. */
        DOT_CR,
        TEXT,
        /** Behind a CR that is in the content already. */
        CR
    }

    private static final byte[] NOTHING = new byte[0];

    private final SessionLimits limits;
    private final boolean dots;
    private final Receiver receiver;
    private State state = State.LINE_START;
    private long size;
    private @Nullable Refusal refusal;
    private @Nullable RuntimeException failure;

    // The decoded octets of the running call: in place, or in a scratch array once something had to be put in.
    private byte[] in = NOTHING;
    private byte[] out = NOTHING;
    private byte[] scratch = NOTHING;
    private boolean inPlace;
    private int start;
    private int outStart;
    private int outEnd;

    private ContentDecoder(SessionLimits limits, boolean dots, Receiver receiver) {
        this.limits = limits;
        this.dots = dots;
        this.receiver = receiver;
    }

    /** Content behind DATA: with stuffed dots and an end of data. */
    static ContentDecoder ofData(SessionLimits limits, Receiver receiver) {
        return new ContentDecoder(limits, true, receiver);
    }

    /** Content in BDAT chunks, which the client counts (RFC 3030): dots are as good as any octet. */
    static ContentDecoder ofChunks(SessionLimits limits, Receiver receiver) {
        return new ContentDecoder(limits, false, receiver);
    }

    /**
     * Decodes some octets; the array is overwritten.
     *
     * @return the index behind the end of data, or -1 if the content goes on
     */
    int decode(byte[] octets, int from, int to) {
        begin(octets, from);
        int i = from;
        int run = from; // [run, i) is content that has not been moved yet
        while (i < to) {
            byte b = octets[i];
            switch (state) {
                case LINE_START -> {
                    if (b == '.' && dots) {
                        move(run, i);
                        run = ++i;
                        state = State.DOT;
                    } else {
                        state = State.TEXT;
                    }
                }
                case DOT -> {
                    if (b == '\r') {
                        run = ++i;
                        state = State.DOT_CR;
                    } else {
                        state = State.TEXT;
                    }
                }
                case DOT_CR -> {
                    if (b == '\n') {
                        deliver();
                        return i + 1;
                    }
                    bareNewline();
                    insert('\r', to);
                    insert('\n', to);
                    state = State.TEXT;
                }
                case TEXT -> {
                    i = endOfText(octets, i, to);
                    if (i < to && octets[i] == '\r') {
                        i++;
                        state = State.CR;
                    } else if (i < to) {
                        move(run, i);
                        run = i++; // the LF itself stays content, only not a line's end
                        bareNewline();
                        insert('\r', to);
                    }
                }
                case CR -> {
                    if (b == '\n') {
                        i++;
                        state = State.LINE_START;
                    } else {
                        move(run, i);
                        run = i;
                        bareNewline();
                        insert('\n', to);
                        state = State.TEXT;
                    }
                }
            }
        }
        move(run, to);
        deliver();
        return -1;
    }

    /** Behind the last chunk: a CR that ended it stood alone. */
    void endOfChunks() {
        if (state == State.CR) {
            begin(NOTHING, 0);
            bareNewline();
            insert('\n', 0);
            deliver();
        }
    }

    Optional<Refusal> refusal() {
        return Optional.ofNullable(refusal);
    }

    /** What the receiver threw. */
    Optional<RuntimeException> failure() {
        return Optional.ofNullable(failure);
    }

    /** Octets decoded so far. */
    long size() {
        return size;
    }

    private static int endOfText(byte[] octets, int from, int to) {
        int i = from;
        while (i < to && octets[i] != '\r' && octets[i] != '\n') {
            i++;
        }
        return i;
    }

    private void bareNewline() {
        if (limits.bareNewlines() == BareNewlines.REJECT) {
            refuse(Refusal.BARE_NEWLINE);
        }
    }

    private void refuse(Refusal reason) {
        if (refusal == null) {
            refusal = reason;
        }
    }

    private void begin(byte[] octets, int from) {
        in = octets;
        out = octets;
        inPlace = true;
        start = from;
        outStart = from;
        outEnd = from;
    }

    private void move(int from, int to) {
        if (refusal != null) {
            return;
        }
        if (!inPlace || outEnd != from) {
            System.arraycopy(in, from, out, outEnd, to - from);
        }
        outEnd += to - from;
    }

    private void insert(char newline, int to) {
        if (refusal != null) {
            return;
        }
        if (inPlace) {
            int worst = 2 * (to - start) + 2; // two octets for each one, and for a CR held back
            if (scratch.length < worst) {
                scratch = new byte[worst];
            }
            System.arraycopy(in, outStart, scratch, 0, outEnd - outStart);
            out = scratch;
            inPlace = false;
            outEnd -= outStart;
            outStart = 0;
        }
        out[outEnd++] = (byte) newline;
    }

    private void deliver() {
        int length = outEnd - outStart;
        if (refusal != null || length == 0) {
            return;
        }
        size += length;
        if (size > limits.maxMessageBytes()) {
            refuse(Refusal.TOO_BIG);
            return;
        }
        try {
            receiver.content(out, outStart, length);
        } catch (RuntimeException thrown) {
            failure = thrown;
            refuse(Refusal.RECEIVER_FAILED);
        }
    }
}
