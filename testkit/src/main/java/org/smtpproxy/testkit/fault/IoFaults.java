package org.smtpproxy.testkit.fault;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Switches I/O errors on and off in a running program, for all files below one folder: a small C library is put before
 * libc and looks at a control file that this object holds mapped. A program started with {@link #environment()} is
 * healthy until told otherwise.
 */
public final class IoFaults implements AutoCloseable {
    private static final int OPERATIONS = 0;
    private static final int ERROR = 4;
    private static final int REMAINING = 8;
    private static final int TORN = 12;
    private static final int INJECTED = 16;
    private static final int CONTROL_BYTES = 20;
    private static final int WHOLE = 0;
    private static final int HALF_THEN_ERROR = 1;
    private static final int SHORT = 2;
    private static final int FOREVER = -1;

    /** What can be made to fail; the library's source lists the calls of each. */
    public enum Operation {
        WRITE(1),
        SYNC(2),
        CREATE(4),
        ALLOCATE(8),
        RENAME(16);

        private final int bit;

        Operation(int bit) {
            this.bit = bit;
        }
    }

    /** The error that the program sees, with Linux's number. */
    public enum Errno {
        EIO(5),
        ENOSPC(28);

        private final int number;

        Errno(int number) {
            this.number = number;
        }
    }

    private final Path library;
    private final Path controlFile;
    private final Path folder;
    private final MappedByteBuffer control;

    private IoFaults(Path library, Path controlFile, Path folder, MappedByteBuffer control) {
        this.library = library;
        this.controlFile = controlFile;
        this.folder = folder;
        this.control = control;
    }

    /** Compiles the library with gcc into the scratch folder; faults will hit the files below the other folder only. */
    public static IoFaults compile(Path scratch, Path folder) throws IOException, InterruptedException {
        Path source = scratch.resolve("iofault.c");
        Path library = scratch.resolve("iofault.so").toAbsolutePath();
        Path controlFile = scratch.resolve("iofault.control").toAbsolutePath();
        try (InputStream in = IoFaults.class.getResourceAsStream("iofault.c")) {
            if (in == null) {
                throw new IOException("the source of the fault library is not on the class path");
            }
            Files.copy(in, source, StandardCopyOption.REPLACE_EXISTING);
        }
        Process gcc = new ProcessBuilder(
                        "gcc", "-shared", "-fPIC", "-O2", "-o", library.toString(), source.toString(), "-ldl")
                .inheritIO()
                .start();
        if (!gcc.waitFor(60, TimeUnit.SECONDS) || gcc.exitValue() != 0) {
            gcc.destroyForcibly();
            throw new IOException("gcc could not compile " + source);
        }
        return new IoFaults(library, controlFile, folder.toRealPath(), map(controlFile));
    }

    /** What a program's environment needs for its faults to be injected. */
    public Map<String, String> environment() {
        return Map.of(
                "LD_PRELOAD", library.toString(),
                "IOFAULT_FOLDER", folder.toString(),
                "IOFAULT_CONTROL", controlFile.toString());
    }

    /** From now on these operations fail. */
    public void fail(Errno error, Operation... operations) {
        set(error, FOREVER, WHOLE, operations);
    }

    /** The next so many of these operations fail; those after them work again. */
    public void failNext(int times, Errno error, Operation... operations) {
        set(error, times, WHOLE, operations);
    }

    /** From now on writes leave their first half on the disk and then fail. */
    public void tearWrites(Errno error) {
        set(error, FOREVER, HALF_THEN_ERROR, Operation.WRITE);
    }

    /** From now on writes succeed with half of their bytes, as POSIX allows: a correct program doesn't notice. */
    public void shortenWrites() {
        set(Errno.EIO, FOREVER, SHORT, Operation.WRITE);
    }

    /** Everything works again. */
    public void heal() {
        control.putInt(OPERATIONS, 0);
    }

    /** How many calls failed or were cut short so far: whether a fault has been met at all. */
    public int injected() {
        return control.getInt(INJECTED);
    }

    @Override
    public void close() {
        heal();
    }

    /** What fails is switched on last, when the other fields say how. */
    private void set(Errno error, int times, int torn, Operation... operations) {
        heal();
        control.putInt(ERROR, error.number);
        control.putInt(REMAINING, times);
        control.putInt(TORN, torn);
        int bits = 0;
        for (Operation operation : Set.of(operations)) {
            bits |= operation.bit;
        }
        control.putInt(OPERATIONS, bits);
    }

    private static MappedByteBuffer map(Path controlFile) throws IOException {
        try (var channel = FileChannel.open(
                controlFile,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(CONTROL_BYTES));
            MappedByteBuffer mapped = channel.map(MapMode.READ_WRITE, 0, CONTROL_BYTES);
            mapped.order(ByteOrder.nativeOrder());
            return mapped;
        }
    }
}
