package org.smtpproxy.tenancy;

import java.util.List;
import java.util.Map;

import org.smtpproxy.tenancy.state.Problem;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.StateReader;

/** Compiles texts as a start with {@code --apply} would. */
final class Compiled {
    static final Map<String, String> ENVIRONMENT = Map.of("PASSWORD", "from-env", "EMPTY", "");

    private Compiled() {}

    static Snapshot snapshot(String yaml) {
        return switch (result(yaml)) {
            case CompileResult.Compiled compiled -> compiled.snapshot();
            case CompileResult.Invalid invalid -> throw new AssertionError(invalid.problems());
        };
    }

    static List<Problem> problems(String yaml) {
        return switch (result(yaml)) {
            case CompileResult.Compiled compiled -> List.of();
            case CompileResult.Invalid invalid -> invalid.problems();
        };
    }

    private static CompileResult result(String yaml) {
        return compiler().compile(new StateReader().read(yaml, "state.yaml"), State.EMPTY, 7);
    }

    static TenantCompiler compiler() {
        return new TenantCompiler(new FixedTypes(), new ProcessReferences(ENVIRONMENT), new byte[] {1, 2, 3});
    }
}
