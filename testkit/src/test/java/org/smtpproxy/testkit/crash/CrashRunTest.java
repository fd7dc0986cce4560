package org.smtpproxy.testkit.crash;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.crash.StandInProxy.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/** A checker is worth what it finds: it must pass a relay that keeps its promises, and catch each that doesn't. */
class CrashRunTest {
    private static final int MOST_RUNS = 6;

    @TempDir
    Path folder;

    @Test
    void passesRelayThatKeepsItsPromises() throws Exception {
        CrashReport report = run(Fault.NONE, 4);

        assertThat(report.problems()).isEmpty();
        assertThat(report.kills()).isEqualTo(4);
        assertThat(report.acknowledged()).isPositive();
        assertThat(report.delivered()).isGreaterThanOrEqualTo(report.acknowledged());
    }

    @Test
    void findsMessagesThatWereAcknowledgedButNotOnDisk() throws Exception {
        finds(Fault.EARLY_250, "delivered to 0 of");
    }

    @Test
    void findsSecondCopiesOfSettledMessages() throws Exception {
        finds(Fault.FORGETS_RELAYED, "after one that was settled");
    }

    @Test
    void findsDamagedContent() throws Exception {
        finds(Fault.DAMAGES_CONTENT, "differs from");
    }

    @Test
    void findsMessagesThatWereNeverFinished() throws Exception {
        finds(Fault.DELIVERS_UNFINISHED, "bytes of|UNFINISHED");
    }

    /** A kill must hit the right moment for a fault to show, so several runs are allowed. */
    private void finds(Fault fault, String problem) throws Exception {
        List<String> found = new ArrayList<>();
        for (int run = 0;
                run < MOST_RUNS && found.stream().noneMatch(one -> one.matches(".*(" + problem + ").*"));
                run++) {
            found.addAll(run(fault, 4).problems());
        }
        assertThat(found).anyMatch(one -> one.matches(".*(" + problem + ").*"));
    }

    private CrashReport run(Fault fault, int rounds) throws Exception {
        List<String> program = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dfault=" + fault,
                "-cp",
                System.getProperty("java.class.path"),
                StandInProxy.class.getName());
        return CrashRun.rounds(rounds, program, Files.createTempDirectory(folder, "run"))
                .patience(Duration.ofSeconds(4))
                .progress(System.out::println)
                .run();
    }
}
