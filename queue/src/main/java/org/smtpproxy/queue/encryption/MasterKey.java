package org.smtpproxy.queue.encryption;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

import org.smtpproxy.mail.TenantId;

/**
 * The 256-bit key everything on disk hangs on: it wraps the tenants' data keys. It is kept in a file beside the data,
 * as 64 hexadecimal digits. Its fingerprint may be stored and shown.
 */
public final class MasterKey {
    private static final int BYTES = 32;

    private final SecretKey key;

    private MasterKey(byte[] key) {
        if (key.length != BYTES) {
            throw new IllegalArgumentException("a master key has 256 bits");
        }
        this.key = new SecretKeySpec(key, "AES");
    }

    /** A random key. */
    public static MasterKey generate() {
        byte[] key = new byte[BYTES];
        try (CipherEngine engine = CipherEngine.borrow()) {
            engine.random(key, 0, BYTES);
        }
        return new MasterKey(key);
    }

    public static MasterKey read(Path file) throws IOException {
        String text = Files.readString(file).strip();
        try {
            return new MasterKey(HexFormat.of().parseHex(text));
        } catch (IllegalArgumentException e) {
            throw new IOException(file + " is no master key: it has to hold 64 hexadecimal digits", e);
        }
    }

    /** Writes the key to a new file that only its owner can read; durable when this returns. */
    public void write(Path file) throws IOException {
        byte[] text = (HexFormat.of().formatHex(key.getEncoded()) + "\n").getBytes(StandardCharsets.US_ASCII);
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try (FileChannel channel =
                FileChannel.open(file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), owner)) {
            ByteBuffer buffer = ByteBuffer.wrap(text);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    /** Tells keys apart without giving anything away. */
    public String fingerprint() {
        try (CipherEngine engine = CipherEngine.borrow()) {
            byte[] derived = engine.derive(key, ascii("fingerprint")).getEncoded();
            return HexFormat.of().formatHex(derived, 0, 8);
        }
    }

    /** A key of its own for another use than the queue's. */
    public SecretKey derive(String use) {
        try (CipherEngine engine = CipherEngine.borrow()) {
            return engine.derive(key, ascii("use " + use));
        }
    }

    public TenantKey newTenantKey() {
        byte[] data = new byte[BYTES];
        try (CipherEngine engine = CipherEngine.borrow()) {
            engine.random(data, 0, BYTES);
        }
        return new TenantKey(new SecretKeySpec(data, "AES"));
    }

    public byte[] wrap(TenantId tenant, TenantKey tenantKey) {
        return wrapping().seal(ascii(tenant.value()), tenantKey.secret().getEncoded());
    }

    public TenantKey unwrap(TenantId tenant, byte[] wrapped) throws DamagedException {
        return new TenantKey(new SecretKeySpec(wrapping().unseal(ascii(tenant.value()), wrapped), "AES"));
    }

    private MessageKey wrapping() {
        try (CipherEngine engine = CipherEngine.borrow()) {
            return new MessageKey(engine.derive(key, ascii("wrap")));
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MasterKey master && Arrays.equals(key.getEncoded(), master.key.getEncoded());
    }

    @Override
    public int hashCode() {
        return MasterKey.class.hashCode();
    }

    @Override
    public String toString() {
        return "master key " + fingerprint();
    }
}
