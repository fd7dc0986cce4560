package org.smtpproxy.tenancy;

import java.util.List;

import org.smtpproxy.tenancy.state.Problem;

/** A configuration that can be used, or everything that is wrong with it. */
public sealed interface CompileResult {
    record Compiled(Snapshot snapshot) implements CompileResult {}

    /** @param problems in the order of their lines, at least one */
    record Invalid(List<Problem> problems) implements CompileResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
