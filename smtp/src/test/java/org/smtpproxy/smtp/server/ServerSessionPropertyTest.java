package org.smtpproxy.smtp.server;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import static org.assertj.core.api.Assertions.assertThat;

/** Whole sessions of sense and nonsense. */
class ServerSessionPropertyTest {
    private static final Set<String> CODES = Set.of(
            "214", "220", "221", "235", "250", "252", "334", "354", "421", "451", "500", "501", "502", "503", "504",
            "535", "538", "550", "552", "553", "554", "555");

    @Property
    void cuttingTheInputChangesNothing(@ForAll("input") String input, @ForAll("cuts") List<Integer> cuts) {
        Inbox wholeInbox = new Inbox();
        InMemoryClient whole = InMemoryClient.overTls(wholeInbox).send(input).close();
        Inbox cutInbox = new Inbox();
        InMemoryClient cut = InMemoryClient.overTls(cutInbox);
        byte[] octets = input.getBytes(StandardCharsets.ISO_8859_1);
        int from = 0;
        for (int i = 0; from < octets.length; i++) {
            int to = Math.min(octets.length, from + cuts.get(i % cuts.size()));
            cut.send(octets, from, to);
            from = to;
        }
        cut.close();
        assertThat(cut.replies()).isEqualTo(whole.replies());
        assertThat(cut.next()).isEqualTo(whole.next());
        assertThat(cutInbox.messages).containsExactlyElementsOf(wholeInbox.messages);
        assertThat(cutInbox.events).containsExactlyElementsOf(wholeInbox.events);
    }

    @Property
    void everyReplyIsWellFormed(@ForAll("input") String input) {
        String replies = InMemoryClient.overTls(new Inbox()).send(input).replies();
        assertThat(replies).endsWith("\r\n");
        assertThat(replies.replace("\r\n", "")).doesNotContain("\r", "\n");
        for (String line : replies.lines().toList()) {
            assertThat(line).hasSizeBetween(4, 510).matches("\\d{3}[ -][ -~]*");
            assertThat(CODES).contains(line.substring(0, 3));
            boolean firstDigitRules =
                    !line.matches("[245]\\d\\d.[245]\\.\\d+\\.\\d+ .*") || line.charAt(4) == line.charAt(0);
            assertThat(firstDigitRules).as(line).isTrue();
        }
    }

    @Provide
    Arbitrary<String> input() {
        return Arbitraries.of(
                        "EHLO c.example\r\n",
                        "EHLO c.example\r\n",
                        "HELO c\r\n",
                        "MAIL FROM:<a@a.example>\r\n",
                        "MAIL FROM:<a@a.example>\r\n",
                        "MAIL FROM:<> SIZE=9 BODY=8BITMIME\r\n",
                        "MAIL FROM:<broken@x>\r\n",
                        "RCPT TO:<b@b.example>\r\n",
                        "RCPT TO:<b@b.example>\r\n",
                        "RCPT TO:<unknown@b.example>\r\n",
                        "RCPT TO:<broken@b.example>\r\n",
                        "RCPT TO:<broken-commit@b.example>\r\n",
                        "DATA\r\n",
                        "DATA\r\n",
                        "text\r\n",
                        "..\r\n",
                        ".\r\n",
                        ".\r\n",
                        "\r\n.\r\n",
                        "BDAT 5\r\nabcde",
                        "BDAT 4 LAST\r\nab\r\n",
                        "BDAT 7 LAST\r\nab\nQUIT",
                        "BDAT 0 LAST\r\n",
                        "BDAT x\r\n",
                        "RSET\r\n",
                        "NOOP\r\n",
                        "VRFY x\r\n",
                        "AUTH PLAIN AGFwcABzZWNyZXQ=\r\n",
                        "AUTH LOGIN\r\n",
                        "YXBw\r\n",
                        "*\r\n",
                        "\r\n",
                        "\r",
                        "\n",
                        "\0",
                        "XYZZY\r\n",
                        "\u00ff\u00fe\r\n",
                        "\u0016\u0003\u0001")
                .list()
                .ofMaxSize(40)
                .map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<List<Integer>> cuts() {
        return Arbitraries.integers().between(1, 30).list().ofMinSize(1).ofMaxSize(10);
    }
}
