package org.smtpproxy.tenancy.state;

import java.util.List;

/** A document that has the form of a state, or what of it doesn't. */
public sealed interface ReadResult {
    /** All that could be read. */
    State state();

    record Read(State state) implements ReadResult {}

    /**
     * @param problems in the order of their lines, at least one
     * @param state what could be read nevertheless: good only for finding further problems
     */
    record Invalid(List<Problem> problems, State state) implements ReadResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
