package org.smtpproxy.tenancy;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.smtpproxy.mail.Secret;

/** Keyed digests of passwords (HMAC-SHA256), so that a snapshot holds none of them. */
final class PasswordDigests {
    private static final String ALGORITHM = "HmacSHA256";

    private final SecretKeySpec pepper;

    PasswordDigests(byte[] pepper) {
        this.pepper = new SecretKeySpec(pepper, ALGORITHM);
    }

    byte[] of(Secret password) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(pepper);
            return mac.doFinal(password.reveal().getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /** Takes the same time whether and wherever they differ. */
    boolean matches(Secret password, byte[] digest) {
        return MessageDigest.isEqual(of(password), digest);
    }
}
