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
        assertThat(header.hasEightBit()).isFalse();
        assertThat(header.from())
                .singleElement()
                .asString()
                .contains("one@example.com")
                .contains("two@example.com");
    }

    @Test
    void addsWhatIsMissingAtTheEnd() {
        assertThat(added("Subject: s\r\n\r\nbody")).isEqualTo("Subject: s\r\n+Date +Id \r\nbody");
        assertThat(added("date: now\r\nMessage-Id: <a@b>\r\n\r\n")).isEqualTo("date: now\r\nMessage-Id: <a@b>\r\n\r\n");
        assertThat(added("no field")).isEqualTo("+Date +Id \r\nno field");
    }

    @Test
    void refusesAHeaderThatNeverEnds() {
        HeaderRewriter header = new HeaderRewriter(new Written(false), true);
        byte[] line = "X: y\r\n".repeat(1000).getBytes(StandardCharsets.US_ASCII);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        header.read(line, 0, line.length);
                    }
                })
                .isInstanceOf(HeaderRewriter.HeaderTooLargeException.class);
    }

    @Test
    void doesNotKeepAFromFieldOfAnyLength() {
        HeaderRewriter header = read("From: a@b.example,\r\n" + " c@b.example,\r\n".repeat(2_000) + "\r\n");
        assertThat(header.isFromTooLong()).isTrue();
        assertThat(header.from()).singleElement().asString().hasSizeLessThan(17_000);
    }

    @Property
    void readsTheSameHoweverItArrives(@ForAll @IntRange(min = 1, max = 40) int chunk) {
        String content = "Bcc: x\r\n y\r\nSubject: s\r\nFrom: a@b.example\r\n\r\nbody\r\nBcc: z\r\n";
        assertThat(rewritten(content, chunk, false)).isEqualTo(rewritten(content));
    }

    /** What was written, with words for what was missing if that is wanted. */
    private static final class Written implements HeaderRewriter.Target {
        private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
        private final boolean adds;

        Written(boolean adds) {
            this.adds = adds;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            octets.write(bytes, offset, length);
        }

        @Override
        public String missing(boolean date, boolean messageId) {
            return adds ? (date ? "" : "+Date ") + (messageId ? "" : "+Id ") : "";
        }
    }

    private static HeaderRewriter read(String content) {
        HeaderRewriter header = new HeaderRewriter(new Written(false), true);
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        header.read(bytes, 0, bytes.length);
        return header;
    }

    private static String rewritten(String content) {
        return rewritten(content, Math.max(1, content.length()), false);
    }

    private static String added(String content) {
        return rewritten(content, content.length(), true);
    }

    private static String rewritten(String content, int chunk, boolean adds) {
        Written written = new Written(adds);
        HeaderRewriter header = new HeaderRewriter(written, true);
        byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; at += chunk) {
            int length = Math.min(chunk, bytes.length - at);
            int taken = header.isComplete() ? 0 : header.read(bytes, at, length);
            written.write(bytes, at + taken, length - taken);
        }
        header.end();
        return written.octets.toString(StandardCharsets.UTF_8);
    }
}
