package org.smtpproxy.queue.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.assertj.core.api.Assertions.assertThat;
import static org.smtpproxy.queue.Messages.octets;

/** What a process was promised holds after it was killed, and only attempts under way at the kill are in doubt. */
@Timeout(120)
class KilledProcessTest {
    @TempDir
    Path folder;

    private final Map<String, Set<Integer>> told = new HashMap<>();

    @ParameterizedTest
    @ValueSource(ints = {50, 800, 3_000})
    void promisesHold(int linesBeforeTheKill) throws Exception {
        MasterKey key = MasterKey.generate();
        Path keyFile = folder.resolve("master.key");
        key.write(keyFile);
        Path spoolFolder = folder.resolve("spool");
        runAndKill(spoolFolder, keyFile, linesBeforeTheKill);

        Map<Integer, LeasedPart> left = new HashMap<>();
        SpoolOptions options = SpoolOptions.at(spoolFolder, key).withMinimumFreeBytes(0);
        try (EmbeddedSpool spool = EmbeddedSpool.open(options)) {
            long waiting = spool.summary().stream()
                    .flatMap(lane -> lane.waiting().values().stream())
                    .mapToLong(Long::longValue)
                    .sum();
            while (left.size() < waiting) {
                for (LeasedPart part : spool.claim(1_000, Long.MAX_VALUE, lane -> true)) {
                    int number = Integer.parseInt(
                            part.recipients().getFirst().address().localPart());
                    assertThat(left.put(number, part)).as("claimed twice").isNull();
                    assertThat(Messages.read(part.content())).isEqualTo(octets(CrashedWriter.size(number), number));
                }
                spool.awaitDue(Instant.now().plus(Duration.ofMillis(100)));
            }
        }
        Set<Integer> owed = new HashSet<>(told("stored"));
        owed.removeAll(told("trying"));
        owed.removeAll(left.keySet());
        assertThat(owed).as("lost").isEmpty();
        assertThat(left.keySet()).as("settled").noneMatch(told("settled")::contains);
        left.forEach((number, part) -> {
            if (told("attempted").contains(number)) {
                assertThat(part.inDoubt())
                        .as("attempt of " + number)
                        .contains(part.lane().account());
            } else if (!told("trying").contains(number)) {
                assertThat(part.inDoubt()).as("no attempt of " + number).isEmpty();
            }
        });
    }

    private Set<Integer> told(String what) {
        return told.getOrDefault(what, Set.of());
    }

    private void runAndKill(Path spoolFolder, Path keyFile, int lines) throws Exception {
        Path output = folder.resolve("told");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CrashedWriter.class.getName(),
                        spoolFolder.toString(),
                        keyFile.toString()))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .redirectOutput(output.toFile())
                .start();
        while (process.isAlive() && Files.readAllLines(output).size() < lines) {
            process.waitFor(10, TimeUnit.MILLISECONDS);
        }
        assertThat(process.isAlive()).as("the writer runs until it is killed").isTrue();
        process.destroyForcibly().waitFor();
        for (String line : Files.readAllLines(output)) {
            String[] words = line.split(" ", -1);
            // The kill may cut off the last line.
            if (words.length == 2 && words[1].matches("\\d+")) {
                told.computeIfAbsent(words[0], word -> new HashSet<>()).add(Integer.parseInt(words[1]));
            }
        }
    }
}
