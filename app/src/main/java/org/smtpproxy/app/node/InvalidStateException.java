package org.smtpproxy.app.node;

import java.util.List;

/** A state file that can't be applied, with all that is wrong with it. */
public final class InvalidStateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<String> problems;

    InvalidStateException(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = List.copyOf(problems);
    }

    public List<String> problems() {
        return problems;
    }
}
