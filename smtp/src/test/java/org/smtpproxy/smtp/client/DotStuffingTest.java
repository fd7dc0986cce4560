package org.smtpproxy.smtp.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class DotStuffingTest {
    @Property(tries = 2000)
    void whatAReceiverDecodesIsTheContent(
            @ForAll("content") byte[] content,
            @ForAll @IntRange(min = 1, max = 9) int block,
            @ForAll @IntRange(min = 1, max = 40) int buffer)
            throws IOException {
        byte[] wire = stuffed(content, block, buffer, new ArrayList<>());

        assertThat(decoded(wire)).isEqualTo(withFinalLineEnd(content));
    }

    @Test
    void aSmallMessageLeavesInOneWriteTogetherWithTheFinalDot() throws IOException {
        List<String> writes = new ArrayList<>();

        stuffed("Subject: x\r\n\r\n.dot\r\nend".getBytes(StandardCharsets.US_ASCII), 100, 100, writes);

        assertThat(writes).containsExactly("last", "Subject: x\r\n\r\n..dot\r\nend\r\n.\r\n");
    }

    @Test
    void theHandOverComesBeforeTheWriteWithTheFinalDotAndAfterAllOthers() throws IOException {
        List<String> writes = new ArrayList<>();

        stuffed("0123456789\r\n".getBytes(StandardCharsets.US_ASCII), 100, 8, writes);

        assertThat(writes).containsExactly("01234567", "89\r\n", "last", ".\r\n");
    }

    @Test
    void emptyContentIsJustTheDot() throws IOException {
        assertThat(stuffed(new byte[0], 1, 10, new ArrayList<>())).asString().isEqualTo(".\r\n");
    }

    @Provide
    Arbitrary<byte[]> content() {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofMaxSize(60)
                .flatMap(anything -> Arbitraries.of((byte) '.', (byte) '\r', (byte) '\n', (byte) 'a')
                        .array(byte[].class)
                        .ofMaxSize(60)
                        .flatMap(dense -> Arbitraries.of(anything, dense)));
    }

    private static byte[] stuffed(byte[] content, int block, int buffer, List<String> writes) throws IOException {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        DotStuffing stuffing = new DotStuffing(
                (bytes, offset, length) -> {
                    wire.write(bytes, offset, length);
                    writes.add(new String(bytes, offset, length, StandardCharsets.ISO_8859_1));
                },
                buffer);
        for (int i = 0; i < content.length; i += block) {
            stuffing.write(content, i, Math.min(block, content.length - i));
        }
        stuffing.finish(() -> writes.add("last"));
        return wire.toByteArray();
    }

    /** RFC 5321 section 4.5.2, by the letter: cut at the first CRLF.CRLF, drop the first dot of each line. */
    private static byte[] decoded(byte[] wire) {
        String text = "\r\n" + new String(wire, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\r\n.\r\n");
        assertThat(end).as("where the content ends").isEqualTo(text.length() - 5);
        return text.substring(0, end + 2).replace("\r\n.", "\r\n").substring(2).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static byte[] withFinalLineEnd(byte[] content) {
        int size = content.length;
        if (size == 0 || (size > 1 && content[size - 2] == '\r' && content[size - 1] == '\n')) {
            return content;
        }
        byte[] longer = Arrays.copyOf(content, size + 2);
        longer[size] = '\r';
        longer[size + 1] = '\n';
        return longer;
    }
}
