package org.smtpproxy.smtp.server;

import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.smtpproxy.smtp.server.SessionLimits.BareNewlines;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Everything that resembles an end of data, in both modes, cut at every place and octet by octet. The smuggled commands
 * must stay content.
 */
class EndOfDataTest {
    private static final String COMMANDS = "EHLO c.example\r\nMAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\n";
    private static final String SMUGGLED = "MAIL FROM:<s@a.example>\r\nRCPT TO:<v@b.example>\r\nDATA\r\n";

    /** What stands between two pieces of content, and what normalising makes of it. */
    static Stream<Arguments> variants() {
        return Stream.of(
                Arguments.of("\n.\n", "\r\n.\r\n"),
                Arguments.of("\n.\r\n", "\r\n.\r\n"),
                Arguments.of("\n.\r", "\r\n.\r\n"),
                Arguments.of("\r.\r", "\r\n.\r\n"),
                Arguments.of("\r.\n", "\r\n.\r\n"),
                Arguments.of("\r.\r\n", "\r\n.\r\n"),
                // a dot behind a true CRLF is a stuffed one, and gone
                Arguments.of("\r\n.\n", "\r\n\r\n"),
                Arguments.of("\r\n.\r", "\r\n\r\n"),
                Arguments.of("\r\n.\r\r\n", "\r\n\r\n\r\n"),
                Arguments.of("\r\n.\r\r\r\n", "\r\n\r\n\r\n\r\n"),
                Arguments.of("\r\n.\n\r\n", "\r\n\r\n\r\n"),
                Arguments.of("\r\n..\n", "\r\n.\r\n"),
                Arguments.of("\r\n..\r", "\r\n.\r\n"),
                Arguments.of("\r\r\n..\r\n", "\r\n\r\n.\r\n"),
                Arguments.of("\n\r.\r\n", "\r\n\r\n.\r\n"),
                Arguments.of("\n\r\n..\r\n", "\r\n\r\n.\r\n"),
                Arguments.of("\n..\n", "\r\n..\r\n"));
    }

    /** Strange, but without a bare newline. */
    static Stream<Arguments> harmlessVariants() {
        return Stream.of(
                Arguments.of("\r\n\0.\r\n", "\r\n\0.\r\n"),
                Arguments.of("\r\n.\0\r\n", "\r\n\0\r\n"),
                Arguments.of("\r\n. \r\n", "\r\n \r\n"),
                Arguments.of("\r\n .\r\n", "\r\n .\r\n"),
                Arguments.of("\r\n..\r\n", "\r\n.\r\n"),
                Arguments.of("\r\n.x\r\n", "\r\nx\r\n"),
                Arguments.of("\\r\\n.\\r\\n", "\\r\\n.\\r\\n"),
                Arguments.of("\u0085.\u0085", "\u0085.\u0085"));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void bareNewlinesAreRefusedBehindTheContent(String variant, String normalized) {
        for (InMemoryClient client : playedInAllCuts(BareNewlines.REJECT, "x" + variant + SMUGGLED)) {
            assertThat(client.codes()).isEqualTo("220 250 250 250 354 550 221");
        }
    }

    @ParameterizedTest
    @MethodSource({"variants", "harmlessVariants"})
    void normalizedContentStaysOneMessage(String variant, String normalized) {
        assertOneMessage(BareNewlines.NORMALIZE, variant, normalized);
    }

    @ParameterizedTest
    @MethodSource("harmlessVariants")
    void otherOddContentIsLetThrough(String variant, String decoded) {
        assertOneMessage(BareNewlines.REJECT, variant, decoded);
    }

    @ParameterizedTest
    @MethodSource({"variants", "harmlessVariants"})
    void chunksAreNormalizedTooButDotsAreLeftAlone(String variant, String ignored) {
        String content = "x" + variant + "y";
        String expected = content.replace("\r\n", "\n").replace('\r', '\n').replace("\n", "\r\n");
        Inbox inbox = inbox(BareNewlines.NORMALIZE);
        String input = COMMANDS + "BDAT " + content.length() + " LAST\r\n" + content + "QUIT\r\n";
        for (int cut = 0; cut < input.length(); cut++) {
            InMemoryClient client = new InMemoryClient(inbox);
            client.send(input.substring(0, cut)).send(input.substring(cut));
            assertThat(client.codes()).isEqualTo("220 250 250 250 250 221");
            assertThat(inbox.messages.remove().content()).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("variants")
    void chunksWithBareNewlinesAreRefusedBehindTheChunk(String variant, String ignored) {
        String content = "x" + variant + "y";
        String input = COMMANDS + "BDAT " + content.length() + " LAST\r\n" + content + "QUIT\r\n";
        for (int cut = 0; cut < input.length(); cut++) {
            InMemoryClient client = new InMemoryClient(inbox(BareNewlines.REJECT));
            client.send(input.substring(0, cut)).send(input.substring(cut));
            assertThat(client.codes()).isEqualTo("220 250 250 250 550 221");
        }
    }

    private static void assertOneMessage(BareNewlines mode, String variant, String decoded) {
        Inbox inbox = inbox(mode);
        String content = "x" + variant + SMUGGLED;
        String input = inputWith(content);
        for (int cut = 0; cut <= input.length(); cut++) {
            InMemoryClient client = new InMemoryClient(inbox);
            client.send(input.substring(0, cut)).send(input.substring(cut));
            assertThat(client.codes()).isEqualTo("220 250 250 250 354 250 221");
            assertThat(inbox.messages.remove().content()).isEqualTo("x" + decoded + SMUGGLED);
        }
        InMemoryClient dripping = new InMemoryClient(inbox).drip(input);
        assertThat(dripping.codes()).isEqualTo("220 250 250 250 354 250 221");
        assertThat(inbox.messages.remove().content()).isEqualTo("x" + decoded + SMUGGLED);
        assertThat(inbox.messages).isEmpty();
    }

    private static List<InMemoryClient> playedInAllCuts(BareNewlines mode, String content) {
        String input = inputWith(content);
        Stream<InMemoryClient> cuts = Stream.iterate(0, cut -> cut <= input.length(), cut -> cut + 1)
                .map(cut -> new InMemoryClient(inbox(mode))
                        .send(input.substring(0, cut))
                        .send(input.substring(cut)));
        return Stream.concat(cuts, Stream.of(new InMemoryClient(inbox(mode)).drip(input)))
                .toList();
    }

    private static String inputWith(String content) {
        return COMMANDS + "DATA\r\n" + content + ".\r\nQUIT\r\n";
    }

    private static Inbox inbox(BareNewlines mode) {
        return new Inbox(new SessionLimits(10_000, 10, mode));
    }
}
