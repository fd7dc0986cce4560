package org.smtpproxy.relay.acceptance;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class HeaderRewriterTest {
    @Test
    void keepsFieldsAndBodyAsTheyAre() {
        assertThat(rewritten("Subject: a\r\n folded\r\nTo: b@example.com\r\n\r\nbody\r\n.\r\n\r\nmore"))
                .isEqualTo("Subject: a\r\n folded\r\nTo: b@example.com\r\n\r\nbody\r\n.\r\n\r\nmore");
    }

    @Test
    void dropsBccWithItsContinuationLinesWhateverItsCase() {
        assertThat(
                        rewritten(
                                "To: a@example.com\r\nbCC: x@example.com,\r\n\ty@example.com\r\nSubject: s\r\n\r\nBcc: stays\r\n"))
                .isEqualTo("To: a@example.com\r\nSubject: s\r\n\r\nBcc: stays\r\n");
        assertThat(rewritten("Resent-Bcc: x@example.com\r\nBcc :y@example.com\r\n\r\n"))
                .isEqualTo("\r\n");
    }

    @Test
    void keepsFieldsWhoseNamesOnlyBeginLikeBcc() {
        assertThat(rewritten("Bcc-Note: a\r\n\r\n")).isEqualTo("Bcc-Note: a\r\n\r\n");
    }

    @Test
    void putsABlankLineBeforeContentWithoutHeader() {
        assertThat(rewritten("hello\r\nworld\r\n")).isEqualTo("\r\nhello\r\nworld\r\n");
        assertThat(rewritten(" indented\r\n")).isEqualTo("\r\n indented\r\n");
        assertThat(rewritten("")).isEqualTo("\r\n");
    }

    @Test
    void endsAHeaderThatTheContentEndsIn() {
        assertThat(rewritten("Subject: only a header")).isEqualTo("Subject: only a header\r\n\r\n");
    }

    @Test
    void notesWhatIsThere() {
        HeaderRewriter header = read(String.join(
                "\r\n",
                "Received: a",
                "Received: b",
                " c",
                "date: now",
                "MESSAGE-ID: <a@b>",
                "From: One <one@example.com>,",
                " two@example.com",
                "",
                ""));
        assertThat(header.receivedCount()).isEqualTo(2);
        assertThat(header.hasDate()).isTrue();
        assertThat(header.hasMessageId()).isTrue();
        assertThat(header.hasEightBit()).isFalse();
        assertThat(header.from())
                .singleElement()
                .asString()
                .contains("one@example.com")
                .contains("two@example.com");
    }

    @Test
    void refusesAHeaderThatNeverEnds() {
        HeaderRewriter header = new HeaderRewriter();
        byte[] line = "X: y\r\n".repeat(1000).getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        header.read(line, 0, line.length);
                    }
                })
                .isInstanceOf(HeaderRewriter.HeaderTooLargeException.class);
    }

    @Property
    void readsTheSameHoweverItArrives(@ForAll @IntRange(min = 1, max = 40) int chunk) {
        String content = "Bcc: x\r\n y\r\nSubject: s\r\nFrom: a@b.example\r\n\r\nbody\r\nBcc: z\r\n";
        assertThat(rewritten(content, chunk)).isEqualTo(rewritten(content));
    }

    private static HeaderRewriter read(String content) {
        HeaderRewriter header = new HeaderRewriter();
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        header.read(bytes, 0, bytes.length);
        return header;
    }

    private static String rewritten(String content) {
        return rewritten(content, Math.max(1, content.length()));
    }

    private static String rewritten(String content, int chunk) {
        HeaderRewriter header = new HeaderRewriter();
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        for (int at = 0; at < bytes.length; at += chunk) {
            int length = Math.min(chunk, bytes.length - at);
            int taken = header.isComplete() ? 0 : header.read(bytes, at, length);
            body.write(bytes, at + taken, length - taken);
        }
        header.end();
        return new String(header.kept(), StandardCharsets.UTF_8) + body.toString(StandardCharsets.UTF_8);
    }
}
