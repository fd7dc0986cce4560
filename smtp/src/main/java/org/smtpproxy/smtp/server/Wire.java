package org.smtpproxy.smtp.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** A connection as octets, in the clear or under TLS. Blocking; the channel below may be closed from any thread. */
sealed interface Wire {
    /** Reads what is there, at least one octet, into a heap buffer; -1 at the end. */
    int read(ByteBuffer into) throws IOException;

    void write(byte[] octets, int length) throws IOException;

    /** Tells the client that nothing more will come. */
    void endOutput() throws IOException;

    /** The channel itself. */
    record Clear(SocketChannel channel) implements Wire {
        @Override
        public int read(ByteBuffer into) throws IOException {
            return channel.read(into);
        }

        @Override
        public void write(byte[] octets, int length) throws IOException {
            ByteBuffer buffer = ByteBuffer.wrap(octets, 0, length);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }

        @Override
        public void endOutput() throws IOException {
            channel.shutdownOutput();
        }
    }

    /** TLS over the channel, as the server. */
    final class Tls implements Wire {
        private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

        private final SocketChannel channel;
        private final SSLSocket socket;
        private final InputStream in;
        private final OutputStream out;

        private Tls(SocketChannel channel, SSLSocket socket) throws IOException {
            this.channel = channel;
            this.socket = socket;
            in = socket.getInputStream();
            out = socket.getOutputStream();
        }

        static Tls shakeHands(SocketChannel channel, SSLContext context) throws IOException {
            String client = channel.socket().getInetAddress().getHostAddress();
            SSLSocket socket = (SSLSocket) context.getSocketFactory()
                    .createSocket(channel.socket(), client, channel.socket().getPort(), true);
            socket.setUseClientMode(false);
            socket.setEnabledProtocols(PROTOCOLS);
            socket.startHandshake();
            return new Tls(channel, socket);
        }

        /** {@code TLSv1.3 TLS_AES_128_GCM_SHA256}. */
        String protocolAndCipher() {
            SSLSession session = socket.getSession();
            return session.getProtocol() + " " + session.getCipherSuite();
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            int length = in.read(into.array(), into.arrayOffset() + into.position(), into.remaining());
            if (length > 0) {
                into.position(into.position() + length);
            }
            return length;
        }

        @Override
        public void write(byte[] octets, int length) throws IOException {
            out.write(octets, 0, length);
        }

        @Override
        public void endOutput() throws IOException {
            socket.shutdownOutput();
            channel.shutdownOutput();
        }
    }
}
