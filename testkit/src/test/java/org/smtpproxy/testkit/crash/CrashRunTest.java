package org.smtpproxy.testkit.crash;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.crash.StandInProxy.Fault;

import static org.assertj.core.api.Assertions.assertThat;

/** A checker is worth what it finds: it must pass a relay that keeps its promises, and catch each that doesn't. */
class CrashRunTest {
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
        assertThat(run(Fault.EARLY_250, 6).problems()).anyMatch(problem -> problem.contains("delivered to 0 of"));
    }

    @Test
    void findsSecondCopiesOfSettledMessages() throws Exception {
        assertThat(run(Fault.FORGETS_RELAYED, 2).problems())
                .anyMatch(problem -> problem.contains("after one that was settled"));
    }

    @Test
    void findsDamagedContent() throws Exception {
        assertThat(run(Fault.DAMAGES_CONTENT, 2).problems()).anyMatch(problem -> problem.contains("differs from"));
    }

    @Test
    void findsMessagesThatWereNeverFinished() throws Exception {
        assertThat(run(Fault.DELIVERS_UNFINISHED, 4).problems())
                .anyMatch(problem -> problem.contains("bytes of") || problem.contains("UNFINISHED"));
    }

    private CrashReport run(Fault fault, int rounds) throws Exception {
        List<String> program = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-Dfault=" + fault,
                "-cp",
                System.getProperty("java.class.path"),
                StandInProxy.class.getName());
        return CrashRun.rounds(rounds, program, folder)
                .seed(42)
                .patience(Duration.ofSeconds(4))
                .progress(System.out::println)
                .run();
    }
}
