package org.smtpproxy.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.testkit.fault.IoFaults;
import org.smtpproxy.testkit.fault.IoFaults.Errno;
import org.smtpproxy.testkit.fault.IoFaults.Operation;
import org.smtpproxy.testkit.fault.SmallDisk;
import org.smtpproxy.testkit.process.FreePort;
import org.smtpproxy.testkit.process.ProxyProcess;
import org.smtpproxy.testkit.sink.SinkScript;
import org.smtpproxy.testkit.sink.SmtpSink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A disk that is full or fails: clients hear 451 and keep their mail, the node says that it isn't ready, comes back by
 * itself, and whatever got a 250 is delivered. Until the end the only provider is a port where nobody listens.
 */
class DiskTroubleIT {
    private static final long MEGABYTE = 1024 * 1024;
    private static final String MINIMUM_FREE = "SMTP_PROXY_SPOOL_MINIMUM_FREE";
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SMALL = 2_000;
    private static final int MEDIUM = 40_000;
    private static final int LARGE = 300_000;

    @TempDir
    private Path folder;

    private final Submissions submissions = new Submissions();
    private Optional<SmallDisk> mounted = Optional.empty();

    @AfterEach
    void unmount() {
        mounted.ifPresent(SmallDisk::close);
    }

    @Test
    void lowDiskRefusesMailBeforeItIsFull() throws Exception {
        SmallDisk disk = disk(128 * MEGABYTE);
        try (ProxyProcess proxy = start(disk.folder().resolve("data"), Map.of(MINIMUM_FREE, "24"))) {
            accepts(proxy);
            disk.fill(30 * MEGABYTE);
            fillWithMail(proxy, LARGE);
            awaitReadyz(proxy, 503);
            assertThat(disk.free()).isPositive();

            disk.relieve();
            awaitReadyz(proxy, 200);
            accepts(proxy);
            assertThat(proxy.terminate(PATIENCE)).isZero();
        }
        deliversEverything(disk.folder().resolve("data"), Map.of(MINIMUM_FREE, "1"));
    }

    @Test
    void fullDiskIsSurvivedWithoutRestart() throws Exception {
        SmallDisk disk = disk(128 * MEGABYTE);
        try (ProxyProcess proxy = start(disk.folder().resolve("data"), Map.of(MINIMUM_FREE, "0"))) {
            accepts(proxy);
            disk.fill(4 * MEGABYTE);
            fillWithMail(proxy, LARGE);
            disk.fill(0);
            fillWithMail(proxy, MEDIUM);
            awaitReadyz(proxy, 503);

            disk.relieve();
            awaitReadyz(proxy, 200);
            accepts(proxy);
            assertThat(proxy.terminate(PATIENCE)).isZero();
        }
        deliversEverything(disk.folder().resolve("data"), Map.of(MINIMUM_FREE, "1"));
    }

    @Test
    void failedSyncIsNeverAcknowledged() throws Exception {
        survives(Errno.EIO, Operation.SYNC);
    }

    @Test
    void failedWriteIsNeverAcknowledged() throws Exception {
        survives(Errno.EIO, Operation.WRITE);
    }

    private void survives(Errno error, Operation operation) throws Exception {
        Path data = Files.createDirectories(folder.resolve("data"));
        try (IoFaults faults = IoFaults.compile(folder, data)) {
            try (ProxyProcess proxy = start(data, faults.environment())) {
                accepts(proxy);
                for (int trouble = 0; trouble < 2; trouble++) {
                    faults.fail(error, operation);
                    assertThat(submissions.submit(proxy, SMALL).code()).isEqualTo(451);
                    assertThat(submissions.submit(proxy, LARGE).code()).isEqualTo(451);
                    assertThat(faults.injected()).isPositive();
                    assertThat(readyz(proxy)).isEqualTo(503);

                    faults.heal();
                    awaitReadyz(proxy, 200);
                    accepts(proxy);
                }
                proxy.kill();
            }
            deliversEverything(data, Map.of());
        }
    }

    private SmallDisk disk(long bytes) throws Exception {
        mounted = SmallDisk.mount(folder.resolve("disk"), bytes);
        assumeTrue(mounted.isPresent(), "a tmpfs can't be mounted here");
        return mounted.orElseThrow();
    }

    private static ProxyProcess start(Path data, Map<String, String> environment) throws Exception {
        return Packaged.command(data, Submissions.state(FreePort.find()))
                .with(environment)
                .start();
    }

    private void accepts(ProxyProcess proxy) throws Exception {
        for (int size : new int[] {SMALL, LARGE, SMALL}) {
            assertThat(submissions.submit(proxy, size).code()).isEqualTo(250);
        }
    }

    /** Sends mail until it is refused, for now and not for good. */
    private void fillWithMail(ProxyProcess proxy, int size) throws Exception {
        Packaged.await("a refusal", () -> {
            int code = submissions.submit(proxy, size).code();
            assertThat(code).isIn(250, 451);
            return code == 451;
        });
    }

    private static void awaitReadyz(ProxyProcess proxy, int status) throws Exception {
        Packaged.await("status " + status + " of /readyz", () -> readyz(proxy) == status);
    }

    private static int readyz(ProxyProcess proxy) throws Exception {
        return Packaged.get(proxy, "/readyz").statusCode();
    }

    private void deliversEverything(Path data, Map<String, String> environment) throws Exception {
        try (SmtpSink sink = new SmtpSink(new SinkScript());
                ProxyProcess proxy = Packaged.command(data, Submissions.state(sink.port()))
                        .with(environment)
                        .start()) {
            Packaged.await(
                    "everything acknowledged",
                    () -> Submissions.delivered(sink).containsAll(submissions.acknowledged()));
            assertThat(proxy.terminate(PATIENCE)).isZero();
        }
    }
}
