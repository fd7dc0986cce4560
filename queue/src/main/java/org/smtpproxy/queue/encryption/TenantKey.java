package org.smtpproxy.queue.encryption;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.crypto.SecretKey;

import org.smtpproxy.mail.MessageId;

/** A tenant's data key: random, stored only as wrapped by the {@link MasterKey}. */
public final class TenantKey {
    private static final byte[] PURPOSE = "message".getBytes(StandardCharsets.US_ASCII);

    private final SecretKey key;

    TenantKey(SecretKey key) {
        this.key = key;
    }

    SecretKey secret() {
        return key;
    }

    /** HKDF-SHA256 of this key and the message's id. */
    public MessageKey of(MessageId message) {
        byte[] info = ByteBuffer.allocate(PURPOSE.length + MessageId.BYTES)
                .put(PURPOSE)
                .putLong(message.high())
                .putLong(message.low())
                .array();
        try (CipherEngine engine = CipherEngine.borrow()) {
            return new MessageKey(engine.derive(key, info));
        }
    }
}
