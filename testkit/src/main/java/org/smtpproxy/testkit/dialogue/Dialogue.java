package org.smtpproxy.testkit.dialogue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A dialogue, one step a line, {@code #} for comments:
 *
 * <pre>
 * C: EHLO client.example      send the line and CRLF
 * C&gt; .\r\n\0                  send these octets only; \r \n \t \0 \\ \xHH work in both
 * C*3: NOOP                   send it three times
 * S: 250 2.1.0                read one reply (all its lines), which starts so; a prefix
 * S*3: 250                    read three such replies
 * S+ STARTTLS                 that reply has a line that starts so behind its code
 * S- AUTH                     that reply has no such line
 * starttls                    shake hands (after "S: 220"), or as the first step: TLS from the start
 * closed                      the server has closed the connection
 * </pre>
 *
 * Nothing is read but where {@code S} says so: client lines in a row are pipelined, in as many writes.
 */
public final class Dialogue {
    private final String name;
    private final List<Step> steps;

    private Dialogue(String name, List<Step> steps) {
        this.name = name;
        this.steps = List.copyOf(steps);
    }

    public static Dialogue read(Path file) {
        try {
            return parse(file.getFileName().toString(), Files.readString(file));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    public static Dialogue parse(String name, String text) {
        List<Step> steps = new ArrayList<>();
        int number = 0;
        for (String line : text.split("\n", -1)) {
            number++;
            if (!line.isBlank() && !line.startsWith("#")) {
                try {
                    steps.add(Step.parse(line, number));
                } catch (IllegalArgumentException malformed) {
                    throw new IllegalArgumentException(name + ":" + number + ": " + malformed.getMessage(), malformed);
                }
            }
        }
        return new Dialogue(name, steps);
    }

    public String name() {
        return name;
    }

    /** Whether the dialogue begins with the TLS handshake, so that it wants a port with implicit TLS. */
    public boolean beginsWithTls() {
        return !steps.isEmpty() && steps.getFirst() instanceof Step.StartTls;
    }

    /** Plays against a peer that has just connected. Throws an {@link AssertionError} where it answers otherwise. */
    public void play(Peer peer) throws IOException {
        List<String> reply = List.of();
        for (Step step : steps) {
            try {
                switch (step) {
                    case Step.Send(byte[] octets, int times, int line) -> {
                        for (int i = 0; i < times; i++) {
                            peer.send(octets);
                        }
                    }
                    case Step.Expect(String start, int times, int line) -> {
                        for (int i = 0; i < times; i++) {
                            reply = readReply(peer, step);
                            if (!reply.getFirst().startsWith(start)) {
                                throw failure(step, "a reply that starts with \"" + start + "\"", reply);
                            }
                        }
                    }
                    case Step.Has(String start, int line) -> {
                        if (!hasLine(reply, start)) {
                            throw failure(step, "a line \"" + start + "\"", reply);
                        }
                    }
                    case Step.HasNot(String start, int line) -> {
                        if (hasLine(reply, start)) {
                            throw failure(step, "no line \"" + start + "\"", reply);
                        }
                    }
                    case Step.StartTls(int line) -> peer.startTls();
                    case Step.Closed(int line) -> {
                        var more = peer.readLine();
                        if (more.isPresent()) {
                            throw failure(step, "the end", List.of(more.get()));
                        }
                    }
                }
            } catch (IOException broken) {
                throw new IOException(name + ":" + step.line() + ": " + broken.getMessage(), broken);
            }
        }
    }

    /** All lines of a reply, each as {@code "250 text"}. */
    private List<String> readReply(Peer peer, Step step) throws IOException {
        List<String> lines = new ArrayList<>();
        while (true) {
            String line = peer.readLine().orElseThrow(() -> failure(step, "a reply", List.of("(closed)")));
            if (line.length() > 3 && line.charAt(3) == '-') {
                lines.add(line.substring(0, 3) + " " + line.substring(4));
            } else {
                lines.add(line);
                return lines;
            }
        }
    }

    private static boolean hasLine(List<String> reply, String start) {
        return reply.stream().anyMatch(line -> line.startsWith(start, 4));
    }

    private AssertionError failure(Step step, String expected, List<String> got) {
        return new AssertionError(name + ":" + step.line() + ": expected " + expected + ", got " + got);
    }

    @Override
    public String toString() {
        return name;
    }
}
