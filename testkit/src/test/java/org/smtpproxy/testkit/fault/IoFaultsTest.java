package org.smtpproxy.testkit.fault;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.fault.IoFaults.Errno;
import org.smtpproxy.testkit.fault.IoFaults.Operation;

import static org.assertj.core.api.Assertions.assertThat;

class IoFaultsTest {
    private static final List<String> EVERYTHING =
            List.of("write", "pwrite", "writev", "sync", "datasync", "truncate", "create", "rename");

    @TempDir
    Path scratch;

    private IoFaults faults;
    private Process program;
    private BufferedReader answers;
    private BufferedWriter commands;

    @BeforeEach
    void start() throws Exception {
        faults = IoFaults.compile(scratch, Files.createDirectories(scratch.resolve("data")));
        start(scratch.resolve("data"));
    }

    @AfterEach
    void stop() throws Exception {
        program.destroyForcibly().waitFor();
        faults.close();
    }

    @Test
    void isHealthyUntilToldOtherwise() throws Exception {
        assertThat(EVERYTHING).allMatch(command -> tell(command).startsWith("ok"));
        assertThat(faults.injected()).isZero();
    }

    @Test
    void everyKindOfCallFailsAndHeals() throws Exception {
        tell("write");

        faults.fail(Errno.ENOSPC, Operation.values());
        assertThat(EVERYTHING).allMatch(command -> tell(command).contains("No space left on device"));
        assertThat(faults.injected()).isEqualTo(EVERYTHING.size());

        faults.heal();
        assertThat(EVERYTHING).allMatch(command -> tell(command).startsWith("ok"));
    }

    @Test
    void onlyNamedOperationFails() throws Exception {
        faults.fail(Errno.EIO, Operation.SYNC);

        assertThat(tell("sync")).contains("Input/output error");
        assertThat(tell("datasync")).contains("Input/output error");
        assertThat(tell("write")).isEqualTo("ok 100");
        assertThat(tell("create")).isEqualTo("ok");
    }

    @Test
    void failsSoManyTimes() throws Exception {
        faults.failNext(2, Errno.EIO, Operation.SYNC);

        assertThat(tell("sync")).contains("Input/output error");
        assertThat(tell("sync")).contains("Input/output error");
        assertThat(tell("sync")).isEqualTo("ok");
        assertThat(faults.injected()).isEqualTo(2);
    }

    @Test
    void tornWriteLeavesHalfBehind() throws Exception {
        faults.tearWrites(Errno.ENOSPC);

        assertThat(tell("write")).contains("No space left on device");
        assertThat(tell("size")).isEqualTo("ok 50");
    }

    @Test
    void shortWriteTellsHowMuch() throws Exception {
        faults.shortenWrites();

        assertThat(tell("write")).isEqualTo("ok 50");
        assertThat(tell("pwrite")).isEqualTo("ok 50");
    }

    @Test
    void otherFoldersStayHealthy() throws Exception {
        program.destroyForcibly().waitFor();
        start(Files.createDirectories(scratch.resolve("data-elsewhere")));
        faults.fail(Errno.EIO, Operation.values());

        assertThat(EVERYTHING).allMatch(command -> tell(command).startsWith("ok"));
    }

    private void start(Path folder) throws IOException {
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        DiskUser.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(faults.environment());
        program = builder.start();
        answers = program.inputReader(StandardCharsets.UTF_8);
        commands = program.outputWriter(StandardCharsets.UTF_8);
    }

    private String tell(String command) {
        try {
            commands.write(command + "\n");
            commands.flush();
            return String.valueOf(answers.readLine());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
