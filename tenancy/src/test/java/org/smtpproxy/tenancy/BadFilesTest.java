package org.smtpproxy.tenancy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.smtpproxy.tenancy.state.Problem;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every file in {@code bad} says at the end of a line, behind {@code #!}, what is reported for it. The list must be
 * complete: nothing missing, nothing more. No problem may tell one of the secrets, which all hold the word "sesame".
 */
final class BadFilesTest {
    private static final String MARK = "#! ";

    static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/bad"))) {
            return files.sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void reportsAllProblemsAtOnceWithTheirLines(Path file) throws IOException {
        String yaml = Files.readString(file);
        List<String> expected = expected(yaml);
        assertThat(expected).isNotEmpty();
        assertThat(Compiled.problems(yaml)).map(Problem::toString).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(Compiled.problems(yaml)).map(Problem::line).isSorted();
        assertThat(Compiled.problems(yaml).toString()).doesNotContain("sesame");
    }

    private static List<String> expected(String yaml) {
        List<String> expected = new ArrayList<>();
        List<String> lines = yaml.lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            String[] parts = lines.get(i).split(MARK, -1);
            for (int part = 1; part < parts.length; part++) {
                expected.add("line " + (i + 1) + ": " + parts[part].strip());
            }
        }
        return expected;
    }
}
