package org.smtpproxy.testkit.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Reads one output stream of a program to its end, so that the program never blocks on a full pipe, and remembers the
 * last part of it.
 */
final class ProgramOutput {
    private static final int REMEMBERED_CHARS = 1 << 20;
    private static final long PATIENCE_MILLIS = 30_000;

    private final StringBuilder text = new StringBuilder();
    private final Thread reader;

    ProgramOutput(String name, InputStream stream, Consumer<String> onLine, Runnable onEnd) {
        reader = Thread.ofPlatform().daemon().name(name).start(() -> read(stream, onLine, onEnd));
    }

    /** Everything so far, or its last megabyte. */
    synchronized String text() {
        return text.toString();
    }

    /** Waits for the end of the stream: until then, text of an ended process may still be under way. */
    void awaitEnd() throws InterruptedException {
        reader.join(PATIENCE_MILLIS);
        if (reader.isAlive()) {
            throw new IllegalStateException(
                    "the output of an ended program doesn't end: something it started lives on");
        }
    }

    private void read(InputStream stream, Consumer<String> onLine, Runnable onEnd) {
        try (var lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                remember(line);
                onLine.accept(line);
            }
        } catch (IOException closed) {
            remember("(output broke off: " + closed.getMessage() + ")");
        } finally {
            onEnd.run();
        }
    }

    private synchronized void remember(String line) {
        text.append(line).append('\n');
        if (text.length() > REMEMBERED_CHARS) {
            text.delete(0, text.length() - REMEMBERED_CHARS / 2);
        }
    }
}
