package org.smtpproxy.tenancy.state;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Documents that are small and mean to be large. */
final class YamlBoundsTest {
    @Test
    void nestingIsBounded() {
        assertThat(problems("tenants: " + "[".repeat(100_000)))
                .containsExactly("line 1: bomb.yaml: is nested deeper than 30 levels");
        assertThat(problems("tenants:\n  - a: " + "{a: ".repeat(100_000)))
                .containsExactly("line 2: bomb.yaml: is nested deeper than 30 levels");
    }

    @Test
    void aliasesThatMultiplyEndTheReading() {
        StringBuilder yaml = new StringBuilder("providers:\n  - id: a\n    type: smtp\n    s0: &a0 [x, x]\n");
        for (int i = 1; i < 9; i++) {
            yaml.append("    s%d: &a%d [%s*a%d]\n"
                    .formatted(i, i, "*a%d, ".formatted(i - 1).repeat(20), i - 1));
        }
        assertThat(problems(yaml.toString()))
                .hasSize(1)
                .allSatisfy(problem -> assertThat(problem).endsWith("aliases repeat too much; reading stopped here"));
    }

    @Test
    void anAliasToItselfIsBounded() {
        assertThat(problems("providers:\n  - id: a\n    type: smtp\n    headers: &a {X: *a}\n"))
                .containsExactly("line 4: providers[0].headers" + ".X".repeat(10) + ": is nested too deeply");
    }

    @Test
    void harmlessAliasesMayBeUsed() {
        ReadResult result = new StateReader().read("""
                        tenants:
                          - {id: a, retry: &slow {initial: 5m}}
                          - {id: b, retry: *slow}
                        """, "aliases.yaml");
        assertThat(result).isInstanceOf(ReadResult.Read.class);
        List<State.Tenant> tenants = result.state().tenants();
        assertThat(tenants.getFirst().retry())
                .isEqualTo(tenants.getLast().retry())
                .isPresent();
    }

    @Test
    void charactersThatYamlForbidsAreFoundByLine() {
        assertThat(problems("tenants:\n  - id: \"a\u0001\"\n"))
                .containsExactly("line 2: bomb.yaml: has a character that YAML doesn't allow");
    }

    private static List<String> problems(String yaml) {
        return switch (new StateReader().read(yaml, "bomb.yaml")) {
            case ReadResult.Read read -> List.of();
            case ReadResult.Invalid invalid ->
                invalid.problems().stream().map(Problem::toString).toList();
        };
    }
}
