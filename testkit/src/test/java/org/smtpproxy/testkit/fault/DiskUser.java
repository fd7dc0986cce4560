package org.smtpproxy.testkit.fault;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A program whose disk fails: does what standard input says and answers with "ok" or the error. */
final class DiskUser {
    private DiskUser() {}

    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (var file = FileChannel.open(folder.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            for (String command = commands.readLine(); command != null; command = commands.readLine()) {
                System.out.println(answer(command, folder, file));
            }
        }
    }

    private static String answer(String command, Path folder, FileChannel file) {
        try {
            return switch (command) {
                case "write" -> "ok " + file.write(ByteBuffer.allocate(100));
                case "pwrite" -> "ok " + file.write(ByteBuffer.allocate(100), 0);
                case "writev" ->
                    "ok " + file.write(new ByteBuffer[] {ByteBuffer.allocate(60), ByteBuffer.allocate(40)});
                case "sync" -> {
                    file.force(true);
                    yield "ok";
                }
                case "datasync" -> {
                    file.force(false);
                    yield "ok";
                }
                case "truncate" -> {
                    file.truncate(file.size() / 2);
                    yield "ok";
                }
                case "create" -> {
                    Files.delete(Files.createTempFile(folder, "new", ""));
                    yield "ok";
                }
                case "rename" -> {
                    Path from = Files.createTempFile(folder, "from", "");
                    Files.move(from, from.resolveSibling("renamed"));
                    Files.delete(folder.resolve("renamed"));
                    yield "ok";
                }
                case "size" -> "ok " + file.size();
                default -> throw new IllegalArgumentException(command);
            };
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }
}
