package org.smtpproxy.app.tls;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** The certificate chain and private key (PEM, PKCS #8) that the SMTP listeners show. */
public record ServerCertificate(Path chain, Path key) {

    /** A context for TLS servers with this certificate. */
    public SSLContext context() {
        try {
            // Never written anywhere: the derivation of a key that protects a PKCS #12 file would only cost time.
            KeyStore store = KeyStore.getInstance("JKS");
            store.load(null, null);
            store.setKeyEntry("server", readKey(), new char[0], readChain());
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(managers.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(
                    "the TLS certificate " + chain + " with key " + key + " can't be used: " + e.getMessage(), e);
        }
    }

    private Certificate[] readChain() throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(chain)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            return certificates.toArray(Certificate[]::new);
        }
    }

    private PrivateKey readKey() throws GeneralSecurityException, IOException {
        String pem = Files.readString(key);
        String label = "PRIVATE KEY-----";
        int begin = pem.indexOf("-----BEGIN " + label);
        int end = pem.indexOf("-----END " + label);
        if (begin < 0 || end < 0) {
            throw new IOException("the key file has no 'BEGIN PRIVATE KEY' block (PKCS #8; convert with"
                    + " openssl pkcs8 -topk8 -nocrypt)");
        }
        String base64 = pem.substring(begin + "-----BEGIN ".length() + label.length(), end);
        byte[] encoded = Base64.getMimeDecoder().decode(base64);
        String[] algorithms = {"EC", "RSA", "EdDSA"};
        for (String algorithm : algorithms) {
            Optional<PrivateKey> key = key(algorithm, encoded);
            if (key.isPresent()) {
                return key.get();
            }
        }
        throw new IOException("the key is neither EC, RSA nor EdDSA");
    }

    private static Optional<PrivateKey> key(String algorithm, byte[] encoded) {
        try {
            return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(encoded)));
        } catch (GeneralSecurityException anotherAlgorithm) {
            return Optional.empty();
        }
    }
}
