package org.smtpproxy.smtp.client;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.mail.Reply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ReplyReaderTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "250 2.0.0 Ok             | 250 2.0.0 Ok",
                "250 Ok                   | 250 Ok",
                "250                      | 250",
                "250-2.1.0 a~250 2.1.0 b  | 250 2.1.0 a / b",
                "250-a~550 b              | 550 a / b",
                "550 4.7.1 greylisted     | 550 5.7.1 4.7.1 greylisted",
                "450 5.1.1 unknown        | 450 4.1.1 5.1.1 unknown",
                "354 2.0.0 go             | 354 2.0.0 go",
                "250 9.9.9 what           | 250 9.9.9 what",
                "550 5.1.1-less           | 550 5.1.1-less",
            })
    void readsAndNormalises(String wire, String expected) throws IOException {
        Reply reply = reader(wire.replace("~", "\r\n") + "\r\n").read();

        assertThat(reply.toString().strip()).isEqualTo(expected);
    }

    @Test
    void contradictoryCodeStaysInTheText() throws IOException {
        Reply reply = reader("450 5.1.1 unknown\r\n").read();

        assertThat(reply.status()).hasToString("Optional[4.1.1]");
        assertThat(reply.text()).isEqualTo("5.1.1 unknown");
    }

    @ParameterizedTest
    @ValueSource(strings = {"hello\r\n", "25\r\n", "2x0 Ok\r\n", "250?Ok\r\n", "199 Ok\r\n", "600 Ok\r\n", "\r\n"})
    void whatIsNoReplyIsAProtocolError(String wire) {
        assertThatThrownBy(() -> reader(wire).read()).isInstanceOf(ProtocolException.class);
    }

    @Test
    void anEndlessLineIsAProtocolError() {
        assertThatThrownBy(() -> reader("250 " + "x".repeat(10_000) + "\r\n").read())
                .isInstanceOf(ProtocolException.class);
    }

    @Test
    void endlessLinesAreAProtocolError() {
        assertThatThrownBy(() -> reader("250-x\r\n".repeat(10_000)).read()).isInstanceOf(ProtocolException.class);
    }

    @Test
    void keepsABoundedPartOfALongReply() throws IOException {
        Reply reply = reader(("550-" + "x".repeat(300) + "\r\n").repeat(100) + "550 end\r\n")
                .read();

        assertThat(reply.text().length()).isBetween(1000, 1010);
    }

    @Test
    void anUnfinishedReplyIsNone() {
        assertThatThrownBy(() -> reader("250-Ok\r\n250 O").read()).isInstanceOf(EOFException.class);
    }

    @Test
    void controlsAndDirectionMarksBecomeQuestionMarksLettersStay() throws IOException {
        Reply reply = reader("550 \u001b[31mred\u202e grün 郵便\t.\r\n").read();

        assertThat(reply.text()).isEqualTo("?[31mred? grün 郵便 .");
    }

    @Property(tries = 200)
    void theSplittingOfPacketsDoesNotMatter(@ForAll @IntRange(min = 1, max = 40) int packet) throws IOException {
        String wire = "250-a\r\n250-b\r\n250 c\r\n550 5.1.1 no\r\n";
        ReplyReader reader = new ReplyReader(new InputStream() {
            private final InputStream all = new ByteArrayInputStream(wire.getBytes(StandardCharsets.UTF_8));

            @Override
            public int read() throws IOException {
                return all.read();
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                return all.read(bytes, offset, Math.min(packet, length));
            }
        });

        assertThat(reader.read().lines()).containsExactly("a", "b", "c");
        assertThat(reader.read()).isEqualTo(Reply.of(550, "5.1.1", "no"));
        assertThat(reader.hasUnread()).isFalse();
    }

    private static ReplyReader reader(String wire) {
        return new ReplyReader(new ByteArrayInputStream(wire.getBytes(StandardCharsets.UTF_8)));
    }
}
