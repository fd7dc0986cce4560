package org.smtpproxy.smtp.server;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.smtpproxy.smtp.server.SessionLimits.BareNewlines;

import static org.assertj.core.api.Assertions.assertThat;

class ContentDecoderPropertyTest {
    /** Text in which what matters here is frequent. */
    @Provide
    Arbitrary<String> octets() {
        return Arbitraries.of("\r\n", "\r\n", "\r", "\n", ".", ".", "a", "\0", "\u00ff", "some text")
                .list()
                .ofMaxSize(60)
                .map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<String> lines() {
        return Arbitraries.of("", ".", "..", "...", ".a", "a", "a.", "text of a line")
                .list()
                .ofMaxSize(30)
                .map(lines ->
                        String.join("", lines.stream().map(l -> l + "\r\n").toList()));
    }

    @Provide
    Arbitrary<List<Integer>> cuts() {
        return Arbitraries.integers().between(1, 20).list().ofMinSize(1).ofMaxSize(10);
    }

    @Property
    void decodingUndoesStuffing(@ForAll("lines") String content, @ForAll("cuts") List<Integer> cuts) {
        Decoded decoded = decode(stuff(content) + ".\r\nNEXT", BareNewlines.REJECT, true, cuts);
        assertThat(decoded.content).isEqualTo(content);
        assertThat(decoded.rest).isEqualTo("NEXT");
    }

    @Property
    void cuttingChangesNothing(
            @ForAll("octets") String octets, @ForAll BareNewlines mode, @ForAll("cuts") List<Integer> cuts) {
        Decoded whole = decode(octets, mode, true, List.of(Integer.MAX_VALUE));
        Decoded cut = decode(octets, mode, true, cuts);
        assertThat(cut).usingRecursiveComparison().isEqualTo(whole);
    }

    @Property
    void onlyDotOnItsOwnLineEndsData(@ForAll("octets") String octets, @ForAll BareNewlines mode) {
        Decoded decoded = decode(octets, mode, true, List.of(Integer.MAX_VALUE));
        int end = octets.startsWith(".\r\n") ? 0 : octets.indexOf("\r\n.\r\n") + 2;
        boolean ends = octets.startsWith(".\r\n") || octets.contains("\r\n.\r\n");
        assertThat(decoded.rest).isEqualTo(ends ? octets.substring(end + 3) : "(none)");
    }

    @Property
    void normalizedContentHasNoBareNewline(
            @ForAll("octets") String octets, @ForAll boolean dots, @ForAll("cuts") List<Integer> cuts) {
        Decoded decoded = decode(octets, BareNewlines.NORMALIZE, dots, cuts);
        // A CR at the very end of unfinished data waits for what follows.
        String complete = decoded.rest.equals("(none)") && dots ? stripCr(decoded.content) : decoded.content;
        assertThat(complete.replace("\r\n", "")).doesNotContain("\r", "\n");
    }

    @Property
    void normalizingChunksIsLineByLine(@ForAll("octets") String octets, @ForAll("cuts") List<Integer> cuts) {
        String expected = octets.replace("\r\n", "\n").replace('\r', '\n').replace("\n", "\r\n");
        assertThat(decode(octets, BareNewlines.NORMALIZE, false, cuts).content).isEqualTo(expected);
    }

    private static String stripCr(String text) {
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }

    /** RFC 5321 section 4.5.2, the slow way. */
    private static String stuff(String content) {
        return content.lines()
                .map(l -> (l.startsWith(".") ? "." + l : l) + "\r\n")
                .reduce("", String::concat);
    }

    private record Decoded(String content, String rest, String refusal) {}

    private static Decoded decode(String octets, BareNewlines mode, boolean dots, List<Integer> cuts) {
        SessionLimits limits = new SessionLimits(1 << 20, 1, mode);
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        ContentDecoder decoder =
                dots ? ContentDecoder.ofData(limits, content::write) : ContentDecoder.ofChunks(limits, content::write);
        byte[] all = octets.getBytes(StandardCharsets.ISO_8859_1);
        int from = 0;
        int end = -1;
        for (int i = 0; from < all.length && end < 0; i++) {
            int to = (int) Math.min(all.length, (long) from + cuts.get(i % cuts.size()));
            end = decoder.decode(all, from, to);
            from = to;
        }
        if (!dots) {
            decoder.endOfChunks();
        }
        String rest = end < 0 ? "(none)" : octets.substring(end);
        // What came before a refusal depends on the cuts, and nobody may use it.
        String usable = decoder.refusal().isPresent() ? "" : content.toString(StandardCharsets.ISO_8859_1);
        return new Decoded(usable, rest, decoder.refusal().toString());
    }
}
