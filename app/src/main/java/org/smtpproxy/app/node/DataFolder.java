package org.smtpproxy.app.node;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.smtpproxy.app.tls.ServerCertificate;
import org.smtpproxy.queue.encryption.MasterKey;

/** Where a node keeps what must outlive it. The master key protects all that is secret in it. */
public record DataFolder(Path root) {
    /** Makes the folder if it is missing. */
    void create() throws IOException {
        PrivateFile.createFolder(root);
    }

    /** Makes the master key if it is missing. */
    void prepare() throws IOException {
        if (!Files.exists(masterKeyFile())) {
            if (Files.exists(spool())) {
                throw new IOException("the master key " + masterKeyFile() + " is missing, but there is a spool that"
                        + " only it can read: put the key back, or move the data folder away");
            }
            MasterKey.generate().write(masterKeyFile());
        }
    }

    /** Takes the folder for this process, until the lock is closed or the process ends. */
    FileLock lock() throws IOException {
        FileChannel channel =
                FileChannel.open(root.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new IOException("the data folder " + root + " is used by another process: stop that one first, or"
                    + " choose another folder with --data");
        }
        return lock;
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
