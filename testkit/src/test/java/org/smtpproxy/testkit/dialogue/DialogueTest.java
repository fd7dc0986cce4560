package org.smtpproxy.testkit.dialogue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DialogueTest {
    @Test
    void sendsWhatIsWritten() throws IOException {
        Scripted peer = new Scripted();
        Dialogue.parse("d", "# comment\n\nC: NOOP\nC*2: é\nC> a\\r\\n\\0\\x80\\\\\n")
                .play(peer);
        assertThat(peer.received.toByteArray())
                .isEqualTo("NOOP\r\n\u00c3\u00a9\r\n\u00c3\u00a9\r\na\r\n\0\u0080\\"
                        .getBytes(StandardCharsets.ISO_8859_1));
    }

    @Test
    void readsWholeReplies() throws IOException {
        Dialogue dialogue = Dialogue.parse("d", "S: 250 mx\nS+ SIZE\nS- AUTH\nS*2: 250\nclosed\n");
        dialogue.play(new Scripted("250-mx", "250-SIZE 1", "250 X", "250 a", "250 b"));
    }

    @Test
    void failsAtTheLineThatIsAnsweredOtherwise() {
        assertThatThrownBy(() -> Dialogue.parse("d", "S: 220\nS: 250 2.1.0\n").play(new Scripted("220 a", "250 2.0.0")))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("d:2: ");
        assertThatThrownBy(() -> Dialogue.parse("d", "S: 250\nS+ SIZE\n").play(new Scripted("250-a", "250 X")))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Dialogue.parse("d", "S: 250\nS- X\n").play(new Scripted("250-a", "250 X")))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Dialogue.parse("d", "S: 250\n").play(new Scripted()))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> Dialogue.parse("d", "closed\n").play(new Scripted("250 more")))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void refusesWhatIsNoStep() {
        for (String line : List.of("X: y", "C NOOP", "C#3: x", "C: \\q", "C> \\")) {
            assertThatThrownBy(() -> Dialogue.parse("d", line))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("d:1: ");
        }
    }

    /** Says its lines and keeps what it hears. */
    private static final class Scripted implements Peer {
        private final Queue<String> lines;
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();

        Scripted(String... lines) {
            this.lines = new ArrayDeque<>(List.of(lines));
        }

        @Override
        public void send(byte[] octets) throws IOException {
            received.write(octets);
        }

        @Override
        public Optional<String> readLine() {
            return Optional.ofNullable(lines.poll());
        }

        @Override
        public void startTls() {}

        @Override
        public void close() {}
    }
}
