package org.smtpproxy.app;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.crash.CrashReport;
import org.smtpproxy.testkit.crash.CrashRun;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The promise behind every 250, kept through kill -9 at random moments. A few rounds in each build;
 * <code>-Dsmtpproxy.crash.rounds=1000</code> runs more.
 */
class CrashIT {
    @TempDir
    private Path folder;

    @Test
    void nothingAcknowledgedIsLostAndNothingSettledIsSentAgain() throws Exception {
        int rounds = Integer.getInteger("smtpproxy.crash.rounds", 4);
        CrashReport report = CrashRun.rounds(rounds, List.of(Packaged.program()), folder)
                .progress(System.out::println)
                .run();

        assertThat(report.isClean()).as(report.format()).isTrue();
        assertThat(report.kills()).isEqualTo(rounds);
        assertThat(report.acknowledged()).isPositive();
    }
}
