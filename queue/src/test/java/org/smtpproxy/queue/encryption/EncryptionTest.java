package org.smtpproxy.queue.encryption;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.TenantId;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class EncryptionTest {
    private static final TenantId ACME = new TenantId("acme");
    private static final MessageId MESSAGE = new MessageId(1, 2);
    private static final byte[] CONTEXT = {7};

    private final MasterKey master = MasterKey.generate();
    private final TenantKey tenant = master.newTenantKey();
    private final MessageKey key = tenant.of(MESSAGE);

    @Property(tries = 40)
    void contentOfAnySizeIsReadAsItWasSealed(@ForAll @IntRange(max = 200_000) int size) throws IOException {
        byte[] content = octets(size);
        byte[] sealed = seal(key, content);
        assertThat(sealed).hasSize((int) ContentSealer.sealedSize(size));
        assertThat(read(key, sealed, size)).isEqualTo(content);
    }

    @Property(tries = 60)
    void anAlteredOctetAnywhereIsNoticed(
            @ForAll @IntRange(max = 140_000) int size, @ForAll @IntRange(max = 1_000_000) int where) {
        byte[] sealed = seal(key, octets(size));
        sealed[where % sealed.length] ^= 0x10;
        assertDamaged(key, sealed, size);
    }

    @Property(tries = 40)
    void aCutOffIsNoticedWhereverItIs(
            @ForAll @IntRange(max = 140_000) int size, @ForAll @IntRange(max = 1_000_000) int where) {
        byte[] sealed = seal(key, octets(size));
        int kept = where % sealed.length;
        assertDamaged(key, Arrays.copyOf(sealed, kept), size);
        int told = Math.max(0, kept - ContentSealer.HEADER - CipherEngine.TAG);
        if (told < size) {
            assertDamaged(key, Arrays.copyOf(sealed, kept), told);
        }
    }

    @Test
    void aCutOffBetweenSegmentsIsNoticed() {
        byte[] sealed = seal(key, octets(3 * ContentSealer.SEGMENT));
        for (int segments = 1; segments < 3; segments++) {
            byte[] shorter = Arrays.copyOf(sealed, ContentSealer.HEADER + segments * ContentSealer.SEALED_SEGMENT);
            assertDamaged(key, shorter, segments * ContentSealer.SEGMENT);
        }
    }

    @Test
    void swappedSegmentsAreNoticed() {
        int size = 3 * ContentSealer.SEGMENT;
        byte[] sealed = seal(key, octets(size));
        byte[] swapped = sealed.clone();
        int first = ContentSealer.HEADER;
        int second = first + ContentSealer.SEALED_SEGMENT;
        System.arraycopy(sealed, second, swapped, first, ContentSealer.SEALED_SEGMENT);
        System.arraycopy(sealed, first, swapped, second, ContentSealer.SEALED_SEGMENT);
        assertDamaged(key, swapped, size);
    }

    @Test
    void somethingAppendedIsNoticed() {
        byte[] sealed = seal(key, octets(100));
        assertDamaged(key, Arrays.copyOf(sealed, sealed.length + 1), 100);
    }

    @Test
    void anotherMessagesContentIsNoticed() {
        byte[] sealed = seal(tenant.of(new MessageId(1, 3)), octets(100));
        assertDamaged(key, sealed, 100);
    }

    @Test
    void theSameContentNeverLooksTheSame() {
        assertThat(seal(key, octets(100))).isNotEqualTo(seal(key, octets(100)));
        assertThat(key.seal(CONTEXT, octets(100))).isNotEqualTo(key.seal(CONTEXT, octets(100)));
    }

    @Test
    void aRecordIsReadOnlyInItsContext() throws DamagedException {
        byte[] sealed = key.seal(CONTEXT, octets(50));
        assertThat(key.unseal(CONTEXT, sealed)).isEqualTo(octets(50));
        assertThatThrownBy(() -> key.unseal(new byte[] {8}, sealed)).isInstanceOf(DamagedException.class);
        assertThatThrownBy(() -> key.unseal(CONTEXT, Arrays.copyOf(sealed, 20))).isInstanceOf(DamagedException.class);
        assertThatThrownBy(() -> master.newTenantKey().of(MESSAGE).unseal(CONTEXT, sealed))
                .isInstanceOf(DamagedException.class);
    }

    @Test
    void aTenantsKeyIsUnwrappedOnlyByItsMasterForItsTenant() throws DamagedException {
        byte[] wrapped = master.wrap(ACME, tenant);
        assertThat(master.unwrap(ACME, wrapped).secret()).isEqualTo(tenant.secret());
        assertThatThrownBy(() -> master.unwrap(new TenantId("other"), wrapped)).isInstanceOf(DamagedException.class);
        assertThatThrownBy(() -> MasterKey.generate().unwrap(ACME, wrapped)).isInstanceOf(DamagedException.class);
    }

    @Test
    void aMasterKeyIsReadAsItWasWritten(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("master.key");
        master.write(file);
        assertThat(MasterKey.read(file)).isEqualTo(master);
        assertThat(MasterKey.read(file).fingerprint()).isEqualTo(master.fingerprint());
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThatThrownBy(() -> master.write(file)).as("never overwritten").isInstanceOf(IOException.class);
        assertThat(master.toString()).doesNotContain(Files.readString(file).strip());
        Files.writeString(file, "abc");
        assertThatThrownBy(() -> MasterKey.read(file)).hasMessageContaining("64 hexadecimal digits");
    }

    private static void assertDamaged(MessageKey key, byte[] sealed, int size) {
        assertThatThrownBy(() -> read(key, sealed, size)).isInstanceOf(DamagedException.class);
    }

    private static byte[] read(MessageKey key, byte[] sealed, int size) throws IOException {
        try (ContentReader reader = new ContentReader(key, new ByteArrayInputStream(sealed), size)) {
            return reader.readAllBytes();
        }
    }

    private static byte[] seal(MessageKey key, byte[] content) {
        ContentSealer sealer = new ContentSealer(key);
        ByteArrayOutputStream sealed = new ByteArrayOutputStream();
        sealed.writeBytes(sealer.header());
        byte[] target = new byte[ContentSealer.SEALED_SEGMENT];
        int at = 0;
        do {
            int length = Math.min(ContentSealer.SEGMENT, content.length - at);
            byte[] segment = Arrays.copyOfRange(content, at, at + length);
            at += length;
            int count = sealer.seal(segment, length, at == content.length, target, 0);
            sealed.write(target, 0, count);
        } while (at < content.length);
        return sealed.toByteArray();
    }

    private static byte[] octets(int size) {
        byte[] octets = new byte[size];
        new Random(size).nextBytes(octets);
        return octets;
    }
}
