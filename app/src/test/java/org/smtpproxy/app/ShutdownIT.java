package org.smtpproxy.app;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.load.SmtpConnection;
import org.smtpproxy.testkit.load.Target;
import org.smtpproxy.testkit.process.ProxyCommand;
import org.smtpproxy.testkit.process.ProxyProcess;
import org.smtpproxy.testkit.sink.SinkFault;
import org.smtpproxy.testkit.sink.SinkScript;
import org.smtpproxy.testkit.sink.SinkStep;
import org.smtpproxy.testkit.sink.SmtpSink;

import static org.assertj.core.api.Assertions.assertThat;

/** SIGTERM in the middle of work: an orderly end, and each message is delivered once, before it or after. */
class ShutdownIT {
    private static final Duration WITHIN = Duration.ofSeconds(30);
    private static final int CLIENTS = 10;
    private static final int UNDER_WAY = 200;

    @TempDir
    private Path folder;

    private final Submissions submissions = new Submissions();

    @Test
    void sigtermUnderLoadLosesNothingAndRepeatsNothing() throws Exception {
        SinkScript slow = new SinkScript().on(SinkStep.CONTENT, SinkFault.delay(Duration.ofMillis(40)));
        try (SmtpSink sink = new SmtpSink(slow)) {
            ProxyCommand command = Packaged.command(folder.resolve("data"), Submissions.state(sink.port()));
            int deliveredBefore;
            try (ProxyProcess proxy = command.start()) {
                List<Thread> clients = new ArrayList<>();
                for (int i = 0; i < CLIENTS; i++) {
                    clients.add(Thread.ofVirtual().start(() -> submitUntilTurnedAway(proxy)));
                }
                Packaged.await(
                        "mail coming in and going out",
                        () -> submissions.acknowledged().size() >= UNDER_WAY
                                && !sink.messages().isEmpty());

                assertThat(proxy.terminate(WITHIN)).as(proxy.stderr()).isZero();
                for (Thread client : clients) {
                    client.join();
                }
                deliveredBefore = sink.messages().size();
            }
            assertThat(deliveredBefore)
                    .as("otherwise nothing was left to be delivered after the next start")
                    .isLessThan(submissions.acknowledged().size());

            try (ProxyProcess again = command.start()) {
                Packaged.await(
                        "all " + submissions.acknowledged().size() + " messages",
                        () -> Submissions.delivered(sink).containsAll(submissions.acknowledged()));
                assertThat(again.terminate(WITHIN)).isZero();
            }
            assertThat(Submissions.delivered(sink)).containsExactlyInAnyOrderElementsOf(submissions.acknowledged());
        }
    }

    private void submitUntilTurnedAway(ProxyProcess proxy) {
        try {
            SmtpConnection connection = Target.open(proxy.smtp()).connect();
            try {
                while (submissions.submit(connection, 2_000).isPositive()) {
                    Thread.onSpinWait();
                }
            } finally {
                connection.quit();
            }
        } catch (IOException closed) {
            // The program ended between two messages.
        }
    }
}
