package org.smtpproxy.app.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.smtpproxy.app.tls.ServerCertificate;
import org.smtpproxy.queue.encryption.MasterKey;

/** Where a node keeps what must outlive it. The master key protects all that is secret in it. */
public record DataFolder(Path root) {
    /** Makes the folder and the master key if they are missing. */
    public void prepare() throws IOException {
        PrivateFile.createFolder(root);
        if (!Files.exists(masterKeyFile())) {
            if (Files.exists(spool())) {
                throw new IOException("the master key " + masterKeyFile() + " is missing, but there is a spool that"
                        + " only it can read: put the key back, or move the data folder away");
            }
            MasterKey.generate().write(masterKeyFile());
        }
    }

    public Path masterKeyFile() {
        return root.resolve("master.key");
    }

    public MasterKey masterKey() throws IOException {
        return MasterKey.read(masterKeyFile());
    }

    public Path apiKeyFile() {
        return root.resolve("api.key");
    }

    /** Where the running node says how to reach it. */
    public Path addressFile() {
        return root.resolve("http.address");
    }

    public ServerCertificate certificate() {
        return new ServerCertificate(root.resolve("tls/certificate.pem"), root.resolve("tls/key.pem"));
    }

    public Path stateFile() {
        return root.resolve("state.sealed");
    }

    public Path spool() {
        return root.resolve("spool");
    }

    /** Providers' own files, one folder per type. */
    public Path providers() {
        return root.resolve("providers");
    }
}
