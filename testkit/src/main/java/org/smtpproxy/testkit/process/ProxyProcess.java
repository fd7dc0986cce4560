package org.smtpproxy.testkit.process;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * The packaged program as a running process, seen from outside: its ready line, its ports, its exit code, its standard
 * error. {@link #kill()} is a real kill -9 of the JVM, also when a wrapper script stands before it; what the JVM started
 * survives it, as in real life. {@link #close()} ends everything.
 */
public final class ProxyProcess implements AutoCloseable {
    private final Process process;
    private final ProgramOutput out;
    private final ProgramOutput err;
    private final ReadyLine ready;
    private final Duration startTook;

    private ProxyProcess(Process process, ProgramOutput out, ProgramOutput err, ReadyLine ready, Duration startTook) {
        this.process = process;
        this.out = out;
        this.err = err;
        this.ready = ready;
        this.startTook = startTook;
    }

    static ProxyProcess start(ProxyCommand command) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command.arguments());
        builder.environment().putAll(command.environment());
        long begin = System.nanoTime();
        Process process = builder.start();
        try {
            var readyLine = new CompletableFuture<String>();
            var out = new ProgramOutput(
                    "stdout-" + process.pid(),
                    process.getInputStream(),
                    line -> {
                        if (ReadyLine.looksLike(line)) {
                            readyLine.complete(line);
                        }
                    },
                    () -> readyLine.completeExceptionally(new IOException("no ready line on standard output")));
            var err = readLog(process, command);
            ReadyLine ready = awaitReady(readyLine, command.readyWithin(), err);
            return new ProxyProcess(process, out, err, ready, Duration.ofNanos(System.nanoTime() - begin));
        } catch (IOException | InterruptedException | RuntimeException e) {
            endAll(process);
            throw e;
        }
    }

    /** Starts the program and kills it with -9 a moment later, ready or not. */
    public static void killWhileStarting(ProxyCommand command, Duration after)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(command.arguments()).redirectOutput(Redirect.DISCARD);
        builder.environment().putAll(command.environment());
        Process process = builder.start();
        ProgramOutput err = readLog(process, command);
        try {
            if (process.waitFor(after.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("the program ended by itself with exit code " + process.exitValue());
            }
            kill(process);
            err.awaitEnd();
        } finally {
            endAll(process);
        }
    }

    public InetSocketAddress smtp() {
        return ready.smtp();
    }

    public InetSocketAddress smtps() {
        return ready.smtps();
    }

    public URI http() {
        return ready.http();
    }

    public Path data() {
        return ready.data();
    }

    /** From the start of the process to its ready line. */
    public Duration startTook() {
        return startTook;
    }

    /** The process id of the JVM itself, not of a script that waits for it. */
    public long pid() {
        return jvm(process).pid();
    }

    /** Peak resident memory of the JVM so far, in bytes. */
    public long peakMemory() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid() + "/status"))) {
            String peak = lines.filter(line -> line.startsWith("VmHWM:"))
                    .findFirst()
                    .orElseThrow(() -> new IOException("the kernel tells no peak memory"));
            return Long.parseLong(peak.replaceAll("\\D", "")) * 1024;
        }
    }

    /** kill -9, and waits until the process is gone and all it had said was read. */
    public void kill() throws InterruptedException {
        kill(process);
        err.awaitEnd();
    }

    /** SIGTERM; the exit code, or a failure when the process takes longer. */
    public int terminate(Duration within) throws IOException, InterruptedException {
        jvm(process).destroy();
        if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new IOException("still running " + within.toSeconds() + " s after SIGTERM\n" + stderr());
        }
        out.awaitEnd();
        err.awaitEnd();
        return process.exitValue();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it printed on standard output so far. */
    public String stdout() {
        return out.text();
    }

    /** What it printed on standard error so far: its log. */
    public String stderr() {
        return err.text();
    }

    @Override
    public void close() {
        endAll(process);
    }

    private static ProgramOutput readLog(Process process, ProxyCommand command) {
        return new ProgramOutput("stderr-" + process.pid(), process.getErrorStream(), command.logReader(), () -> {});
    }

    private static ReadyLine awaitReady(CompletableFuture<String> readyLine, Duration patience, ProgramOutput err)
            throws IOException, InterruptedException {
        try {
            return ReadyLine.parse(readyLine.get(patience.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException ended) {
            err.awaitEnd();
            throw new IOException("the program ended before it was ready:\n" + err.text(), ended);
        } catch (TimeoutException late) {
            throw new IOException("not ready after " + patience.toSeconds() + " s:\n" + err.text(), late);
        }
    }

    private static void endAll(Process process) {
        List<ProcessHandle> started = process.descendants().toList();
        process.destroyForcibly();
        started.forEach(ProcessHandle::destroyForcibly);
        process.onExit().join();
    }

    private static void kill(Process process) throws InterruptedException {
        ProcessHandle jvm = jvm(process);
        jvm.destroyForcibly();
        jvm.onExit().join();
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the JVM was killed, but the script before it still runs");
        }
    }

    /** The script is expected to exec java; if it doesn't, the JVM is its first descendant that runs java. */
    private static ProcessHandle jvm(Process process) {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .filter(ProxyProcess::runsJava)
                .findFirst()
                .orElse(process.toHandle());
    }

    private static boolean runsJava(ProcessHandle handle) {
        return handle.info().command().map(command -> command.endsWith("/java")).orElse(false);
    }
}
