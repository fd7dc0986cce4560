package org.smtpproxy.store.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

import org.tukaani.xz.XZInputStream;

/**
 * The programs of PostgreSQL, unpacked once from the archive on the class path. What is there is complete: the folder
 * gets its name when all of it is written. The archive is our own dependency, so its tar is read as far as it goes:
 * plain files, folders and symbolic links, and anything else is an error.
 */
final class PostgresBinaries {
    static final String VERSION = "18.6.0";
    static final String MAJOR = VERSION.substring(0, VERSION.indexOf('.'));

    private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
    private static final int BLOCK = 512;

    private PostgresBinaries() {}

    /** The folder that has {@code bin/postgres}. */
    static Path unpack(Path parent) throws IOException {
        Path home = parent.resolve("bin-" + VERSION);
        if (Files.isDirectory(home)) {
            return home;
        }
        Path unpacking = Files.createTempDirectory(parent, "unpacking-");
        try (InputStream archive = archive();
                XZInputStream tar = new XZInputStream(archive)) {
            extract(tar, unpacking);
            Files.setPosixFilePermissions(unpacking, PosixFilePermissions.fromString("rwxr-xr-x"));
            moveInPlace(unpacking, home);
        } catch (IOException | RuntimeException e) {
            delete(unpacking);
            throw e;
        }
        return home;
    }

    private static InputStream archive() throws IOException {
        InputStream archive = PostgresBinaries.class.getResourceAsStream(ARCHIVE);
        if (archive == null) {
            throw new IOException("the embedded PostgreSQL has no programs for " + System.getProperty("os.name")
                    + " on " + System.getProperty("os.arch") + ": give --database-url");
        }
        return archive;
    }

    /** Another process may have been faster: its copy is as good. */
    private static void moveInPlace(Path unpacking, Path home) throws IOException {
        try {
            Files.move(unpacking, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            throw e;
        } catch (IOException e) {
            if (!Files.isDirectory(home)) {
                throw e;
            }
            delete(unpacking);
        }
    }

    private static void extract(InputStream tar, Path into) throws IOException {
        for (byte[] header = tar.readNBytes(BLOCK); header.length == BLOCK; header = tar.readNBytes(BLOCK)) {
            if (header[0] == 0) {
                return; // the archive ends with empty blocks
            }
            Path target = into.resolve(text(header, 0, 100)).normalize();
            if (!target.startsWith(into)) {
                throw new IOException("the archive of PostgreSQL leads out of its folder: " + target);
            }
            long size = octal(header, 124, 12);
            switch (header[156]) {
                case '5' -> folder(target);
                case '2' -> Files.createSymbolicLink(target, Path.of(text(header, 157, 100)));
                case '0', 0 -> file(target, tar, size, octal(header, 100, 8));
                default -> throw new IOException("the archive of PostgreSQL has an entry of type " + header[156]);
            }
            tar.skipNBytes((BLOCK - size % BLOCK) % BLOCK);
        }
        throw new IOException("the archive of PostgreSQL is cut off");
    }

    private static void file(Path file, InputStream tar, long size, long mode) throws IOException {
        folder(file.getParent() == null ? file : file.getParent());
        try (var out = Files.newOutputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (long left = size; left > 0; ) {
                int read = tar.read(buffer, 0, (int) Math.min(left, buffer.length));
                if (read < 0) {
                    throw new IOException("the archive of PostgreSQL is cut off");
                }
                out.write(buffer, 0, read);
                left -= read;
            }
        }
        boolean executable = (mode & 0100) != 0;
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
    }

    /** Whatever the umask: another user runs these programs when we are root. */
    private static void folder(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static String text(byte[] header, int from, int length) {
        int end = from;
        while (end < from + length && header[end] != 0) {
            end++;
        }
        return new String(header, from, end - from, StandardCharsets.UTF_8);
    }

    private static long octal(byte[] header, int from, int length) {
        return Long.parseLong(text(header, from, length).trim(), 8);
    }

    static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
