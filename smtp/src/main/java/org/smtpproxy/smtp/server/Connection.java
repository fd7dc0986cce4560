package org.smtpproxy.smtp.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.server.ServerObserver.Refusal;

/**
 * One connection, served from its own virtual thread: reads, lets the session think, writes. Its reads have no time-out
 * (a timed read costs a third more); the reaper ends those that last too long by shutting down the input, which the
 * thread sees as the end, says 421 and leaves. Where the thread can't do that, because it is writing or shaking hands,
 * the channel is closed under it.
 */
final class Connection implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(Connection.class);

    /** For the client to take the last words. */
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private static final int MOST_LEFTOVER_READS = 64;

    private final SocketChannel channel;
    private final SessionFacts facts;
    private final Listener listener;
    private final ListenerOptions options;
    private final Service service;
    private final Allowance allowance;
    private final InputBuffer input;
    private Wire wire;

    /** The thread waits for input, so it will notice when that ends. */
    private volatile boolean listening;

    /** Nothing is lost when the connection ends. */
    private volatile boolean idle;

    /** Why the reaper or a shutdown has ended the input. */
    private volatile @Nullable Reply cutOff;

    Connection(SocketChannel channel, SessionFacts facts, Listener listener, Service service) {
        this.channel = channel;
        this.facts = facts;
        this.listener = listener;
        this.service = service;
        options = listener.options();
        allowance = new Allowance(options.deadlines(), service.clock());
        input = new InputBuffer(service.buffers());
        wire = new Wire.Clear(channel);
    }

    @Override
    public void run() {
        try {
            if (options.tls() instanceof ListenerTls.Implicit(SSLContext context)) {
                facts.encrypted(shakeHands(context));
            }
            serve();
        } catch (IOException gone) {
            log.atDebug().addKeyValue("session_id", facts.id()).log("Connection lost: {}", gone.toString());
        } catch (RuntimeException | Error thrown) {
            log.atError().addKeyValue("session_id", facts.id()).setCause(thrown).log("Connection failed");
        } finally {
            close();
            input.close();
            listener.closed(this, facts.client());
        }
    }

    /** Called by the reaper. */
    void sweep(long now) {
        if (!allowance.isOver(now)) {
            return;
        }
        if (listening && cutOff == null) {
            service.observer().sessionOverdue();
            endInput(ServerReplies.TOO_SLOW);
        } else {
            close();
        }
    }

    void endInputIfIdle(Reply why) {
        if (idle) {
            endInput(why);
        }
    }

    /** Makes the thread say this and leave, when it reads next. */
    void endInput(Reply why) {
        if (cutOff == null) {
            cutOff = why;
        }
        try {
            channel.shutdownInput();
        } catch (IOException gone) {
            close();
        }
    }

    /** At once, without a word. */
    void close() {
        try {
            channel.close();
        } catch (IOException gone) {
            log.atDebug().addKeyValue("session_id", facts.id()).log("Closing failed: {}", gone.toString());
        }
    }

    private void serve() throws IOException {
        SessionHandler handler;
        try {
            handler = service.handlers().open(facts);
        } catch (RuntimeException thrown) {
            logRefusal(thrown);
            ReplyBuffer replies = new ReplyBuffer();
            replies.append(ServerReplies.CANNOT_SERVE);
            send(replies);
            return;
        }
        boolean startTls = options.tls() instanceof ListenerTls.StartTls;
        ServerSession session = new ServerSession(options.hostname(), startTls, facts, handler, service.observer());
        service.observer().sessionOpened();
        log.atDebug().addKeyValue("session_id", facts.id()).log("Session with {}", facts.client());
        try {
            talk(session, connected(handler));
        } finally {
            session.closed();
            service.observer().sessionClosed();
            log.atDebug().addKeyValue("session_id", facts.id()).log("Session ended");
        }
    }

    private Optional<Reply> connected(SessionHandler handler) {
        try {
            Optional<Reply> refused = handler.connected();
            refused.ifPresent(reply -> service.observer().sessionRefused(Refusal.POLICY));
            return refused;
        } catch (RuntimeException thrown) {
            logRefusal(thrown);
            return Optional.of(ServerReplies.CANNOT_SERVE);
        }
    }

    private void logRefusal(RuntimeException thrown) {
        service.observer().sessionRefused(Refusal.POLICY);
        log.atError().addKeyValue("session_id", facts.id()).setCause(thrown).log("No session could be opened");
    }

    private void talk(ServerSession session, Optional<Reply> refused) throws IOException {
        ServerSession.Next next = session.open(refused);
        while (true) {
            send(session.replies());
            switch (next) {
                case READ -> next = listen(session);
                case START_TLS -> {
                    input.discard();
                    next = startTls(session);
                }
                case CLOSE -> {
                    wire.endOutput();
                    return;
                }
                case BREAK_OFF -> {
                    breakOff();
                    return;
                }
                case GONE -> {
                    return;
                }
            }
        }
    }

    private ServerSession.Next startTls(ServerSession session) throws IOException {
        if (!(options.tls() instanceof ListenerTls.StartTls(SSLContext context))) {
            throw new IllegalStateException("STARTTLS was not offered");
        }
        return session.encrypted(shakeHands(context));
    }

    private ServerSession.Next listen(ServerSession session) throws IOException {
        if (service.connections().isDraining()) {
            session.leave(ServerReplies.SHUTTING_DOWN);
        }
        int length = read(session);
        Reply farewell = cutOff;
        if (length >= 0) {
            ServerSession.Next next = session.receive(input.toTake());
            input.taken();
            return next;
        }
        return farewell == null ? session.endOfInput() : session.farewell(farewell);
    }

    private int read(ServerSession session) throws IOException {
        boolean content = session.isInContent();
        ByteBuffer buffer = input.toFill(content);
        if (content) {
            allowance.renewForContent();
        } else if (buffer.position() == 0) {
            // The last command was taken whole; half a one earns no more time.
            allowance.renewForCommand();
        }
        if (!facts.isStranger()) {
            allowance.extendToSession();
        }
        idle = session.isIdle();
        if (idle && service.connections().isDraining()) {
            cutOff = ServerReplies.SHUTTING_DOWN;
            return -1;
        }
        int length = 0;
        listening = true;
        allowance.startWaiting();
        try {
            length = wire.read(buffer);
        } catch (IOException gone) {
            if (cutOff == null) {
                throw gone;
            }
            length = -1; // TLS takes a shut down input for a truncation attack
        } finally {
            allowance.stopWaiting(length);
            listening = false;
            idle = false;
        }
        return length;
    }

    private void send(ReplyBuffer replies) throws IOException {
        if (replies.length() > 0) {
            allowance.startWaiting(cutOff == null ? options.deadlines().command() : FAREWELL);
            wire.write(replies.array(), replies.length());
            allowance.stopWaiting();
            replies.clear();
        }
    }

    private String shakeHands(SSLContext context) throws IOException {
        allowance.startWaiting(options.deadlines().handshake());
        try {
            Wire.Tls tls = Wire.Tls.shakeHands(channel, context);
            wire = tls;
            return tls.protocolAndCipher();
        } catch (IOException failed) {
            service.observer().tlsFailed();
            throw failed;
        } finally {
            allowance.stopWaiting();
        }
    }

    /** Closing with unread input would reset the connection, and the client might never see our last reply. */
    private void breakOff() throws IOException {
        allowance.startWaiting(FAREWELL);
        wire.endOutput();
        ByteBuffer leftover = input.toFill(true);
        for (int i = 0; i < MOST_LEFTOVER_READS; i++) {
            if (channel.read(leftover.clear()) < 0) {
                return;
            }
        }
    }
}
