package org.smtpproxy.testkit.fault;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A disk of a given size that can really be full: a tmpfs mounted for a test, and unmounted by {@link #close()}. Only
 * root may mount, and not in every container.
 */
public final class SmallDisk implements AutoCloseable {
    private static final String BALLAST = "ballast";

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /** The mounted disk, or nothing where mounting isn't allowed. */
    public static Optional<SmallDisk> mount(Path folder, long bytes) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        boolean mounted =
                run("mount", "-t", "tmpfs", "-o", "size=" + bytes + ",mode=0700", "smtp-proxy-test", folder.toString());
        return mounted ? Optional.of(new SmallDisk(folder)) : Optional.empty();
    }

    public Path folder() {
        return folder;
    }

    /** Leaves at most so many bytes free. */
    public void fill(long leaveFree) throws IOException {
        try (OutputStream ballast = Files.newOutputStream(folder.resolve(BALLAST))) {
            byte[] zeros = new byte[64 * 1024];
            for (long excess = free() - leaveFree; excess > 0; excess = free() - leaveFree) {
                ballast.write(zeros, 0, (int) Math.min(zeros.length, excess));
            }
        } catch (IOException full) {
            if (free() > leaveFree) {
                throw full;
            }
        }
    }

    /** Gives the space back that {@link #fill} took. */
    public void relieve() throws IOException {
        Files.deleteIfExists(folder.resolve(BALLAST));
    }

    public long free() throws IOException {
        return Files.getFileStore(folder).getUsableSpace();
    }

    /** Unmounts; lazily, should a process that a test left behind still hold files open. */
    @Override
    public void close() {
        try {
            if (!run("umount", folder.toString()) && !run("umount", "--lazy", folder.toString())) {
                throw new IOException("can't unmount " + folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static boolean run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            return false;
        }
        return process.exitValue() == 0;
    }
}
