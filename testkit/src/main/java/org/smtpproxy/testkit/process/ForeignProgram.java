package org.smtpproxy.testkit.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that isn't ours and runs beside a test: a client that comes to its end by itself ({@link #run}), or a server
 * on a port ({@link #serve}, {@link #smtpSink}) that is ended by {@link #close()}.
 */
public final class ForeignProgram implements AutoCloseable {
    private final Process process;
    private final ProgramOutput output;
    private final int port;

    private ForeignProgram(Process process, int port) {
        this.process = process;
        this.port = port;
        this.output = new ProgramOutput("output-" + process.pid(), process.getInputStream(), line -> {}, () -> {});
    }

    /** What a program that came to its end left: exit code, standard output and error together. */
    public record Ended(List<String> command, int exitCode, String output) {
        public boolean succeeded() {
            return exitCode == 0;
        }
    }

    /** Whether the program is installed: tests with foreign clients say so instead of failing obscurely. */
    public static boolean isInstalled(String program) {
        for (String folder : (System.getenv().getOrDefault("PATH", "") + ":/usr/sbin").split(":", -1)) {
            if (Path.of(folder, program).toFile().canExecute()) {
                return true;
            }
        }
        return false;
    }

    /** Runs it with the given standard input, to its end or for so long. */
    public static Ended run(List<String> command, byte[] input, Duration within)
            throws IOException, InterruptedException {
        try (var program = start(command, 0)) {
            // A program that doesn't read its input must not hold us: the pipe may fill up.
            var writer = Thread.ofVirtual().start(() -> program.feed(input));
            if (!program.process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException(command.getFirst() + " still runs after " + within.toSeconds() + " s:\n"
                        + program.output.text());
            }
            writer.join();
            program.output.awaitEnd();
            return new Ended(command, program.process.exitValue(), program.output.text());
        }
    }

    /** Starts a server and waits until it listens on the port that the command names. */
    public static ForeignProgram serve(List<String> command, int port) throws IOException, InterruptedException {
        var program = start(command, port);
        try {
            FreePort.awaitListener(port, program.process, Duration.ofSeconds(10));
            return program;
        } catch (IOException | InterruptedException e) {
            program.close();
            throw new IOException(command + ": " + program.output(), e);
        }
    }

    /** Postfix's test sink on a free port: <code>smtp-sink [options] 127.0.0.1:PORT 1024</code>. */
    public static ForeignProgram smtpSink(String... options) throws IOException, InterruptedException {
        int port = FreePort.find();
        var command = new ArrayList<String>();
        command.add("/usr/sbin/smtp-sink");
        if ("root".equals(System.getProperty("user.name"))) {
            command.addAll(List.of("-u", "root"));
        }
        command.addAll(List.of(options));
        command.addAll(List.of("127.0.0.1:" + port, "1024"));
        return serve(command, port);
    }

    public int port() {
        return port;
    }

    public String output() {
        return output.text();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        process.onExit().join();
    }

    private static ForeignProgram start(List<String> command, int port) throws IOException {
        return new ForeignProgram(
                new ProcessBuilder(command).redirectErrorStream(true).start(), port);
    }

    private void feed(byte[] input) {
        try (var stdin = process.getOutputStream()) {
            stdin.write(input);
        } catch (IOException unread) {
            // The program ended without reading everything; its exit code says whether that is an error.
            if (process.isAlive()) {
                throw new UncheckedIOException(unread);
            }
        }
    }
}
