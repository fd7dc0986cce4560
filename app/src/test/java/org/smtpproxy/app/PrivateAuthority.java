package org.smtpproxy.app;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

import org.smtpproxy.testkit.process.ForeignProgram;
import org.smtpproxy.testkit.process.ForeignProgram.Ended;

import static org.assertj.core.api.Assertions.assertThat;

/** A certificate authority that no system knows, and the servers it vouches for; the JDK's keytool does the work. */
final class PrivateAuthority {
    private static final String PASSWORD = "changeit";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Path folder;
    private final Path keys;

    PrivateAuthority(Path folder) throws Exception {
        this.folder = Files.createDirectories(folder);
        keys = folder.resolve("authority.p12");
        makeKey("authority", "-ext", "bc:critical=ca:true");
    }

    /** The authority's certificate, as {@code caFile} wants it. */
    Path certificate() throws IOException, GeneralSecurityException {
        byte[] der = open().getCertificate("authority").getEncoded();
        return Files.writeString(
                folder.resolve("authority.pem"),
                "-----BEGIN CERTIFICATE-----\n" + Base64.getMimeEncoder().encodeToString(der)
                        + "\n-----END CERTIFICATE-----\n");
    }

    /** TLS of a server whose certificate names {@code host}. */
    SSLContext server(String host) throws Exception {
        makeKey(host, "-signer", "authority", "-ext", "san=dns:" + host);
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        KeyStore all = open();
        own.setKeyEntry(
                "server",
                all.getKey(host, PASSWORD.toCharArray()),
                PASSWORD.toCharArray(),
                all.getCertificateChain(host));
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(own, PASSWORD.toCharArray());
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    private KeyStore open() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(keys)) {
            store.load(in, PASSWORD.toCharArray());
        }
        return store;
    }

    private void makeKey(String name, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keystore",
                keys.toString(),
                "-storepass",
                PASSWORD,
                "-alias",
                name,
                "-dname",
                "CN=" + name,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1"));
        command.addAll(List.of(options));
        Ended made = ForeignProgram.run(command, new byte[0], PATIENCE);
        assertThat(made.succeeded()).as(made.output()).isTrue();
    }
}
