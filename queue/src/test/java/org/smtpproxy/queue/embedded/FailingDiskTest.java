package org.smtpproxy.queue.embedded;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.queue.encryption.MasterKey;
import org.smtpproxy.testkit.fault.IoFaults;
import org.smtpproxy.testkit.fault.IoFaults.Errno;
import org.smtpproxy.testkit.fault.IoFaults.Operation;

import static org.assertj.core.api.Assertions.assertThat;

/** A disk that takes what is written and fails to sync it: what failed is as if it had not been said. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingDiskTest {
    private static final int SMALL = 2_000;
    private static final int LARGE = 400_000;

    @TempDir
    Path folder;

    private Path spool;
    private IoFaults faults;
    private Process program;
    private BufferedReader answers;
    private BufferedWriter commands;

    @BeforeEach
    void start() throws Exception {
        Path keyFile = folder.resolve("master.key");
        MasterKey.generate().write(keyFile);
        spool = Files.createDirectory(folder.resolve("spool"));
        faults = IoFaults.compile(folder, spool);
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SpoolOnDemand.class.getName(),
                        spool.toString(),
                        keyFile.toString())
                .redirectError(folder.resolve("errors").toFile());
        builder.environment().putAll(faults.environment());
        program = builder.start();
        answers = program.inputReader(StandardCharsets.UTF_8);
        commands = program.outputWriter(StandardCharsets.UTF_8);
        assertThat(tell("health")).isEqualTo("ok");
    }

    @AfterEach
    void stop() throws Exception {
        program.destroyForcibly().waitFor();
        faults.close();
    }

    @Test
    void aMessageThatWasRefusedDoesNotComeBack() throws Exception {
        assertThat(tell("enqueue " + SMALL + " before@x.example")).isEqualTo("ok");
        failSyncsOf("enqueue " + SMALL + " refused@x.example", "unavailable");
        assertClaimable("before@x.example");
        assertThat(tell("events")).isEqualTo("1");
        assertThat(tell("enqueue " + SMALL + " behind@x.example")).isEqualTo("ok");
        assertClaimable("before@x.example behind@x.example");
        assertThat(tell("events")).isEqualTo("2");
    }

    @Test
    void anOutcomeThatFailedAndIsOnDiskIsNotAppliedAgain() throws Exception {
        assertThat(tell("enqueue " + SMALL + " a@x.example b@x.example")).isEqualTo("ok");
        assertClaimable("a@x.example b@x.example");
        failSyncsOf("split", "unavailable");
        assertThat(tell("split")).isEqualTo("stale");
        assertClaimable("a@x.example b@x.example");
    }

    @Test
    void aBodyThatCanNotBeSyncedIsToldAndLeavesNoFile() throws Exception {
        assertThat(tell("enqueue " + LARGE + " before@x.example")).isEqualTo("ok");
        faults.fail(Errno.EIO, Operation.SYNC);
        assertThat(tell("enqueue " + LARGE + " refused@x.example")).isEqualTo("unavailable");
        assertThat(tell("health")).contains("failing large content can't be written", "Input/output error");
        assertThat(tell("enqueue " + SMALL + " refused@x.example")).isEqualTo("unavailable");
        assertClaimable("before@x.example");
        assertThat(bodies()).isEqualTo(1);
        faults.heal();
        awaitHealthy();
        assertThat(tell("enqueue " + LARGE + " behind@x.example")).isEqualTo("ok");
        assertClaimable("before@x.example behind@x.example");
    }

    private void failSyncsOf(String command, String answer) throws Exception {
        faults.fail(Errno.EIO, Operation.SYNC);
        assertThat(tell(command)).isEqualTo(answer);
        assertThat(tell(command)).as("again").isEqualTo(answer);
        assertThat(faults.injected()).isPositive();
        faults.heal();
        awaitHealthy();
    }

    /** Just these are claimed now and before; a first claim may only begin to read the spool. */
    private void assertClaimable(String recipients) throws Exception {
        String claimed = tell("claim");
        while (claimed.length() < recipients.length()) {
            TimeUnit.MILLISECONDS.sleep(20);
            claimed = tell("claim");
        }
        assertThat(claimed).isEqualTo(recipients);
        assertThat(tell("claim")).isEqualTo(recipients);
    }

    private void awaitHealthy() throws Exception {
        while (!tell("health").equals("ok")) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    private long bodies() throws IOException {
        try (Stream<Path> files = Files.walk(spool.resolve("bodies"))) {
            return files.filter(Files::isRegularFile).count();
        }
    }

    private String tell(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        String line = answers.readLine();
        while (line != null && !line.startsWith(SpoolOnDemand.ANSWER)) {
            line = answers.readLine();
        }
        return line == null ? "gone" : line.substring(SpoolOnDemand.ANSWER.length());
    }
}
