package org.smtpproxy.smtp.client;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

import org.jspecify.annotations.Nullable;

/** TLS towards one server. One context for all its connections, so that sessions are resumed. */
final class ClientTls {
    private final SSLContext context;
    private final ClientSettings settings;

    ClientTls(ClientSettings settings) {
        this.settings = settings;
        TrustManager @Nullable [] trust =
                settings.verifies() ? trusting(settings.trust()) : new TrustManager[] {new AnyCertificate()};
        try {
            context = SSLContext.getInstance("TLS");
            context.init(null, trust, null);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no TLS", e);
        }
    }

    /** A client socket over a connected one, not yet shaken hands with. */
    SSLSocket over(Socket clear) throws IOException {
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(clear, settings.host(), settings.port(), true);
        if (settings.verifies()) {
            SSLParameters parameters = socket.getSSLParameters();
            // The rules of RFC 2818, which RFC 7817 adopts for SMTP submission.
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
        }
        return socket;
    }

    private static TrustManager @Nullable [] trusting(Optional<TrustedCertificates> trust) {
        if (trust.isEmpty()) {
            return null;
        }
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : trust.get().certificates()) {
                store.setCertificateEntry("trusted-" + number++, certificate);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("certificates that were read can't be trusted", e);
        }
    }

    /** For opportunistic TLS without a login (RFC 7435): a certificate nobody knows is better than no encryption. */
    private static final class AnyCertificate extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
