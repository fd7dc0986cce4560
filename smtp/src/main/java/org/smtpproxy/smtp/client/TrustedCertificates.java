package org.smtpproxy.smtp.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.List;

/** The certificates of a private authority, read from a PEM bundle; whoever they vouch for is trusted, nobody else. */
public record TrustedCertificates(List<Certificate> certificates) {
    public TrustedCertificates {
        certificates = List.copyOf(certificates);
    }

    /** Reads the file; an {@link IOException} says in words what is wrong with it. */
    public static TrustedCertificates read(Path pem) throws IOException {
        try (InputStream in = Files.newInputStream(pem)) {
            List<Certificate> certificates =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (certificates.isEmpty()) {
                throw new IOException("has no certificate in PEM form");
            }
            return new TrustedCertificates(certificates);
        } catch (CertificateException e) {
            throw new IOException("is not a bundle of certificates in PEM form", e);
        }
    }
}
