package org.smtpproxy.testkit.load;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * One client connection, deliberately plain: commands as text, replies as values, content as ready dot-stuffed bytes.
 * It has no time-outs of its own; whoever starts it closes it when its time is up.
 */
public final class SmtpConnection implements AutoCloseable {
    private static final SSLContext TLS = TrustAnyone.context();
    private static final int CONNECT_MILLIS = 10_000;
    private static final int MAX_REPLY_CHARS = 64 * 1024;

    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private String capabilities = "";

    private SmtpConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream(), 4 * 1024);
        this.out = new BufferedOutputStream(socket.getOutputStream(), 16 * 1024);
    }

    static SmtpConnection open(Target target) throws IOException {
        var socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.connect(target.server(), CONNECT_MILLIS);
            var connection = new SmtpConnection(socket);
            connection.greet(target);
            return connection;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** What the server offered in its last EHLO reply, one capability a line. */
    public boolean offers(String capability) {
        return ("\n" + capabilities + "\n").contains("\n" + capability + "\n");
    }

    /** Sends a command line and waits for its reply. */
    public SmtpReply command(String line) throws IOException {
        send(line);
        return reply();
    }

    /** Puts a command line into the buffer: for pipelining. */
    public void send(String line) throws IOException {
        out.write(line.getBytes(StandardCharsets.UTF_8));
        out.write('\r');
        out.write('\n');
    }

    /** Content, already dot-stuffed and with CRLF line ends. */
    public void content(byte[] stuffed, int from, int length) throws IOException {
        out.write(stuffed, from, length);
    }

    /** Ends the content; everything has been handed to the kernel when it returns. */
    public void endOfData() throws IOException {
        out.write(new byte[] {'.', '\r', '\n'});
        out.flush();
    }

    /** The next reply; what is still in the buffer is sent before. */
    public SmtpReply reply() throws IOException {
        out.flush();
        var text = new StringBuilder();
        while (true) {
            String line = line();
            if (line.length() < 3) {
                throw new IOException("not a reply: " + line);
            }
            text.append(line.length() > 4 ? line.substring(4) : "");
            if (line.length() == 3 || line.charAt(3) == ' ') {
                return new SmtpReply(Integer.parseInt(line.substring(0, 3)), text.toString());
            }
            text.append('\n');
        }
    }

    /** Ends the session politely, without waiting for the answer. */
    public void quit() {
        try {
            send("QUIT");
            out.flush();
        } catch (IOException gone) {
            // Nobody is left to be polite to.
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // A socket that can't be closed is closed.
        }
    }

    private void greet(Target target) throws IOException {
        if (target.security() == Security.IMPLICIT) {
            wrapInTls();
        }
        require(reply());
        capabilities = require(command("EHLO load.test")).text();
        if (target.security() == Security.STARTTLS) {
            require(command("STARTTLS"));
            wrapInTls();
            capabilities = require(command("EHLO load.test")).text();
        }
        if (target.login().isPresent()) {
            require(command("AUTH PLAIN " + target.login().get().plain()));
        }
    }

    private void wrapInTls() throws IOException {
        var tls = (SSLSocket) TLS.getSocketFactory()
                .createSocket(socket, socket.getInetAddress().getHostAddress(), socket.getPort(), true);
        tls.startHandshake();
        socket = tls;
        in = new BufferedInputStream(tls.getInputStream(), 4 * 1024);
        out = new BufferedOutputStream(tls.getOutputStream(), 16 * 1024);
    }

    private static SmtpReply require(SmtpReply reply) throws IOException {
        if (!reply.isPositive()) {
            throw new SessionRefusedException(reply);
        }
        return reply;
    }

    private String line() throws IOException {
        var line = new StringBuilder();
        for (int b = in.read(); ; b = in.read()) {
            if (b < 0) {
                throw new EOFException("the server closed the connection");
            }
            if (b == '\n' && line.length() > 0 && line.charAt(line.length() - 1) == '\r') {
                line.setLength(line.length() - 1);
                return line.toString();
            }
            line.append((char) b);
            if (line.length() > MAX_REPLY_CHARS) {
                throw new IOException("a reply line without end");
            }
        }
    }
}
