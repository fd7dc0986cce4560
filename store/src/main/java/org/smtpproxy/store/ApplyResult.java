package org.smtpproxy.store;

import java.util.List;

import org.smtpproxy.tenancy.state.Problem;

/** What applying a state did, or would do. */
public sealed interface ApplyResult {
    /**
     * @param differences empty when everything was so already
     * @param epoch from which on it is so; the current one for a dry run or when nothing differs
     */
    record Applied(List<Difference> differences, long epoch) implements ApplyResult {
        public Applied {
            differences = List.copyOf(differences);
        }
    }

    /** Nothing was changed. */
    record Refused(List<Problem> problems) implements ApplyResult {
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
