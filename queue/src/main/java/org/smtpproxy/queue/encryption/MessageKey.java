package org.smtpproxy.queue.encryption;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * The key of one message. Each record sealed with it has a random nonce; the context that is authenticated with it
 * tells which record it is, so that records of one message can't stand in for each other, and those of another message
 * not at all.
 */
public final class MessageKey {
    private final SecretKey key;

    MessageKey(SecretKey key) {
        this.key = key;
    }

    SecretKey secret() {
        return key;
    }

    /** Nonce, ciphertext and tag. */
    public byte[] seal(byte[] context, byte[] plain) {
        byte[] sealed = new byte[CipherEngine.NONCE + plain.length + CipherEngine.TAG];
        try (CipherEngine engine = CipherEngine.borrow()) {
            engine.random(sealed, 0, CipherEngine.NONCE);
            byte[] nonce = Arrays.copyOf(sealed, CipherEngine.NONCE);
            ByteBuffer target = ByteBuffer.wrap(sealed, CipherEngine.NONCE, sealed.length - CipherEngine.NONCE);
            engine.encrypt(key, nonce, context, ByteBuffer.wrap(plain), target);
        }
        return sealed;
    }

    /** The inverse of {@link #seal}. */
    public byte[] unseal(byte[] context, byte[] sealed) throws DamagedException {
        int length = sealed.length - CipherEngine.NONCE - CipherEngine.TAG;
        if (length < 0) {
            throw new DamagedException("a sealed record is cut off");
        }
        byte[] plain = new byte[length];
        byte[] nonce = Arrays.copyOf(sealed, CipherEngine.NONCE);
        ByteBuffer source = ByteBuffer.wrap(sealed, CipherEngine.NONCE, length + CipherEngine.TAG);
        try (CipherEngine engine = CipherEngine.borrow()) {
            engine.decrypt(key, nonce, context, source, ByteBuffer.wrap(plain));
        } catch (GeneralSecurityException e) {
            throw new DamagedException("a sealed record was altered: " + e.getMessage());
        }
        return plain;
    }
}
