package org.smtpproxy.providers.smtp;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A private authority and the servers it vouches for. */
final class TestCertificates {
    private static final X500Name AUTHORITY = new X500Name("CN=Private CA");

    private final KeyPair key = newKey();
    private final X509Certificate certificate;

    TestCertificates() {
        certificate = issue(AUTHORITY, key, AUTHORITY, key, true, "unused", Duration.ofDays(1));
    }

    /** Writes the authority's certificate as {@code caFile} has it. */
    String caFile(Path folder) throws IOException, GeneralSecurityException {
        String pem = "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(certificate.getEncoded())
                + "\n-----END CERTIFICATE-----\n";
        return Files.writeString(folder.resolve("ca.pem"), pem).toString();
    }

    /** A server whose certificate names {@code host}. */
    SSLContext server(String host) {
        return server(host, Duration.ofDays(1));
    }

    SSLContext expired(String host) {
        return server(host, Duration.ofHours(-1));
    }

    static SSLContext selfSigned(String host) {
        KeyPair own = newKey();
        X500Name name = new X500Name("CN=" + host);
        return context(own, issue(name, own, name, own, false, host, Duration.ofDays(1)));
    }

    private SSLContext server(String host, Duration validFor) {
        KeyPair own = newKey();
        return context(own, issue(AUTHORITY, key, new X500Name("CN=" + host), own, false, host, validFor));
    }

    private static X509Certificate issue(
            X500Name issuer,
            KeyPair issuerKey,
            X500Name subject,
            KeyPair subjectKey,
            boolean authority,
            String host,
            Duration validFor) {
        try {
            Instant now = Instant.now();
            X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    issuer,
                    new BigInteger(64, new SecureRandom()),
                    Date.from(now.minus(Duration.ofDays(2))),
                    Date.from(now.plus(validFor)),
                    subject,
                    subjectKey.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            int kind = Character.isDigit(host.charAt(0)) ? GeneralName.iPAddress : GeneralName.dNSName;
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(kind, host)));
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(issuerKey.getPrivate())));
        } catch (GeneralSecurityException | IOException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static SSLContext context(KeyPair key, X509Certificate certificate) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setKeyEntry("server", key.getPrivate(), new char[0], new X509Certificate[] {certificate});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, new char[0]);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKey() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
