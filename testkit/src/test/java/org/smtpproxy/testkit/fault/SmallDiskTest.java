package org.smtpproxy.testkit.fault;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;

class SmallDiskTest {
    @TempDir
    Path scratch;

    @Test
    void isFullUntilRelieved() throws Exception {
        Optional<SmallDisk> mounted = SmallDisk.mount(scratch.resolve("disk"), 1 << 20);
        if (mounted.isEmpty()) {
            abort("this user may not mount");
        }
        try (SmallDisk disk = mounted.orElseThrow()) {
            disk.fill(0);
            Path file = disk.folder().resolve("file");
            assertThatThrownBy(() -> Files.write(file, new byte[8192]))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("No space left");

            disk.relieve();
            Files.write(file, new byte[8192]);
            assertThat(Files.size(file)).isEqualTo(8192);
        }
        assertThat(scratch.resolve("disk")).isEmptyDirectory();
    }
}
