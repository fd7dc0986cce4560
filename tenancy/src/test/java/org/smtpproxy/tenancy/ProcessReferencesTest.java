package org.smtpproxy.tenancy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.tenancy.References.Resolution;
import org.smtpproxy.tenancy.References.Resolution.Resolved;
import org.smtpproxy.tenancy.References.Resolution.Unresolved;

import static org.assertj.core.api.Assertions.assertThat;

final class ProcessReferencesTest {
    @TempDir
    Path folder;

    private final References references = new ProcessReferences(Map.of("NAME", "value "));

    @Test
    void aVariableIsTakenAsItIs() {
        assertThat(references.resolve("${env:NAME}")).isEqualTo(new Resolved("value "));
    }

    @Test
    void aFileLosesOneNewlineAtItsEnd() throws IOException {
        assertThat(file("secret\n")).isEqualTo(new Resolved("secret"));
        assertThat(file("secret\r\n")).isEqualTo(new Resolved("secret"));
        assertThat(file("secret")).isEqualTo(new Resolved("secret"));
        assertThat(file(" two\nlines\n\n")).isEqualTo(new Resolved(" two\nlines\n"));
    }

    @Test
    void whatIsNoSecretIsSaidWithoutItsContent() throws IOException {
        Path file = folder.resolve("secret");
        assertThat(file("\n")).isEqualTo(new Unresolved("file " + file + " is empty"));
        assertThat(file("x".repeat(65_537))).isEqualTo(new Unresolved("file " + file + " is too long for a secret"));
        Files.write(file, new byte[] {'a', (byte) 0xff});
        assertThat(references.resolve("${file:" + file + "}"))
                .isEqualTo(new Unresolved("file " + file + " is not UTF-8 text"));
        assertThat(references.resolve("${file:" + folder + "}"))
                .isEqualTo(new Unresolved("there is no file " + folder));
        assertThat(references.resolve("${file:\0}")).isInstanceOf(Unresolved.class);
    }

    @Test
    void aResolvedSecretPrintsAsStars() {
        assertThat(references.resolve("${env:NAME}")).hasToString("***");
    }

    private Resolution file(String content) throws IOException {
        Path file = folder.resolve("secret");
        Files.writeString(file, content);
        return references.resolve("${file:" + file + "}");
    }
}
