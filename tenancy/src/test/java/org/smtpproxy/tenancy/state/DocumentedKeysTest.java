package org.smtpproxy.tenancy.state;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.smtpproxy.tenancy.CompileResult;
import org.smtpproxy.tenancy.FixedTypes;
import org.smtpproxy.tenancy.References.Resolution.Resolved;
import org.smtpproxy.tenancy.TenantCompiler;

import static org.assertj.core.api.Assertions.assertThat;

/** The page of the state file tells of every key there is, of no other, and its example works. */
final class DocumentedKeysTest {
    private static final Path PAGE = Path.of("../docs/state-file.md");
    private static final Pattern SECTION = Pattern.compile("(?m)^## `?([a-z.* ]+)`?$\\n((?:(?!^## )[\\s\\S])*)");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Za-z]+)` \\|");
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```yaml\\n(.*?)```");

    @Test
    void everyKeyIsInTheTableOfItsSection() throws IOException {
        Map<String, Set<String>> expected = Keys.all().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey,
                        entry -> new TreeSet<>(entry.getValue().known())));
        assertThat(documented()).containsAllEntriesOf(expected);
    }

    @Test
    void keysOfLaterVersionsAreNamedAsSuch() throws IOException {
        String later = Files.readString(PAGE).split("## Not in this version", -1)[1];
        List<String> keys = Keys.all().values().stream()
                .flatMap(kind -> kind.later().stream())
                .toList();
        assertThat(keys).isNotEmpty().allSatisfy(key -> assertThat(later).contains("`" + key + "`"));
    }

    @Test
    void theExampleCompilesAndShowsEveryKey() throws IOException {
        Matcher example = EXAMPLE.matcher(Files.readString(PAGE));
        assertThat(example.find()).isTrue();
        String yaml = example.group(1);
        TenantCompiler compiler =
                new TenantCompiler(new FixedTypes(), reference -> new Resolved("a secret"), new byte[] {1});
        assertThat(compiler.compile(new StateReader().read(yaml, "state-file.md"), State.EMPTY, 1))
                .isInstanceOf(CompileResult.Compiled.class);
        for (Keys kind : Keys.all().values()) {
            assertThat(kind.known()).allSatisfy(key -> assertThat(yaml).contains(key + ":"));
        }
    }

    private static Map<String, Set<String>> documented() throws IOException {
        Matcher section = SECTION.matcher(Files.readString(PAGE));
        return section.results()
                .collect(Collectors.toMap(
                        found -> found.group(1),
                        found -> ROW.matcher(found.group(2))
                                .results()
                                .map(row -> row.group(1))
                                .collect(Collectors.toCollection(TreeSet::new))));
    }
}
