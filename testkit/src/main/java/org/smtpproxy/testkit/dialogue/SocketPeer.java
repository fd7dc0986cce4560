package org.smtpproxy.testkit.dialogue;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** A server behind a socket. Any certificate will do: what is tested is the dialogue, not the trust. */
public final class SocketPeer implements Peer {
    private Socket socket;
    private InputStream in;
    private OutputStream out;

    private SocketPeer(Socket socket) throws IOException {
        this.socket = socket;
        in = new BufferedInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** Connects; a server that stays silent for longer than {@code silence} fails the dialogue. */
    public static SocketPeer connect(InetAddress host, int port, Duration silence) throws IOException {
        Socket socket = new Socket(host, port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(Math.toIntExact(silence.toMillis()));
        return new SocketPeer(socket);
    }

    @Override
    public void send(byte[] octets) throws IOException {
        out.write(octets);
        out.flush();
    }

    @Override
    public Optional<String> readLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int octet = in.read();
        while (octet >= 0 && octet != '\n') {
            line.write(octet);
            octet = in.read();
        }
        if (octet < 0) {
            return Optional.empty();
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        if (!text.endsWith("\r")) {
            throw new IOException("a reply line without CRLF: " + text);
        }
        return Optional.of(text.substring(0, text.length() - 1));
    }

    @Override
    public void startTls() throws IOException {
        if (in.available() > 0) {
            throw new IOException("the server said more in the clear than it was asked for");
        }
        String host = socket.getInetAddress().getHostAddress();
        SSLSocket tls =
                (SSLSocket) trustingContext().getSocketFactory().createSocket(socket, host, socket.getPort(), true);
        tls.startHandshake();
        socket = tls;
        in = new BufferedInputStream(tls.getInputStream());
        out = tls.getOutputStream();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static SSLContext trustingContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAll()}, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
