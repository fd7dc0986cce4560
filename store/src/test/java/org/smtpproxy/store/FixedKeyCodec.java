package org.smtpproxy.store;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import org.smtpproxy.store.StoredSecret.Kind;

/** Real encryption and hashing under a fixed key; counts its hashes, so that tests see whether one was needed. */
final class FixedKeyCodec implements SecretCodec {
    private static final byte[] KEY = new byte[16];

    final AtomicInteger hashes = new AtomicInteger();
    private String key = "k1";
    private final AtomicInteger nonces = new AtomicInteger();

    /** Only the name changes. */
    void rotate(String to) {
        key = to;
    }

    @Override
    public String seal(String owner, String plain) {
        String nonce = "%012d".formatted(nonces.incrementAndGet());
        byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, owner, plain.getBytes(StandardCharsets.UTF_8));
        return key + ":" + nonce + ":" + Base64.getEncoder().encodeToString(sealed);
    }

    @Override
    public String open(String owner, String sealed) {
        String[] parts = sealed.split(":", 3);
        byte[] bytes = Base64.getDecoder().decode(parts[2]);
        return new String(cipher(Cipher.DECRYPT_MODE, parts[1], owner, bytes), StandardCharsets.UTF_8);
    }

    @Override
    public StoredSecret hash(String password) {
        hashes.incrementAndGet();
        return new StoredSecret(Kind.ARGON2ID, mac(password));
    }

    @Override
    public boolean matches(String password, StoredSecret stored) {
        return stored.value().equals(mac(password));
    }

    private static String mac(String password) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
            return Base64.getEncoder().encodeToString(mac.doFinal(password.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] cipher(int mode, String nonce, String owner, byte[] input) {
        try {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(
                    mode,
                    new SecretKeySpec(KEY, "AES"),
                    new GCMParameterSpec(128, nonce.getBytes(StandardCharsets.US_ASCII)));
            cipher.updateAAD(owner.getBytes(StandardCharsets.UTF_8));
            return cipher.doFinal(input);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
