package org.smtpproxy.queue.encryption;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A cipher, a key derivation and random octets, borrowed by one thread at a time. Pooled, because making them costs
 * more than using them, and not kept per thread, because virtual threads are many.
 */
final class CipherEngine implements AutoCloseable {
    static final int NONCE = 12;
    static final int TAG = 16;

    private static final int RANDOM_AHEAD = 4096;
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final ConcurrentLinkedQueue<CipherEngine> IDLE = new ConcurrentLinkedQueue<>();

    private final Cipher cipher;
    private final KDF derivation;
    private final byte[] random = new byte[RANDOM_AHEAD];
    private int randomUsed = RANDOM_AHEAD;

    private CipherEngine() {
        try {
            cipher = Cipher.getInstance("AES/GCM/NoPadding");
            derivation = KDF.getInstance("HKDF-SHA256");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks AES-GCM or HKDF", e);
        }
    }

    static CipherEngine borrow() {
        CipherEngine idle = IDLE.poll();
        return idle == null ? new CipherEngine() : idle;
    }

    /** Fills with random octets that are given out once. */
    void random(byte[] target, int offset, int length) {
        if (randomUsed + length > RANDOM_AHEAD) {
            RANDOM.nextBytes(random);
            randomUsed = 0;
        }
        System.arraycopy(random, randomUsed, target, offset, length);
        randomUsed += length;
    }

    /** HKDF-Expand (RFC 5869 section 2.3); the input keys are uniform already, so that nothing is extracted first. */
    SecretKey derive(SecretKey key, byte[] info) {
        try {
            return new SecretKeySpec(derivation.deriveData(HKDFParameterSpec.expandOnly(key, info, 32)), "AES");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("HKDF failed", e);
        }
    }

    /** Puts ciphertext and tag into {@code target}; returns how much. */
    int encrypt(SecretKey key, byte[] nonce, byte[] context, ByteBuffer plain, ByteBuffer target) {
        try {
            cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG * 8, nonce));
            cipher.updateAAD(context);
            return cipher.doFinal(plain, target);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM failed", e);
        }
    }

    int decrypt(SecretKey key, byte[] nonce, byte[] context, ByteBuffer sealed, ByteBuffer target)
            throws GeneralSecurityException {
        cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG * 8, nonce));
        cipher.updateAAD(context);
        return cipher.doFinal(sealed, target);
    }

    @Override
    public void close() {
        IDLE.add(this);
    }
}
