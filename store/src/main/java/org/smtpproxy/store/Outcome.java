package org.smtpproxy.store;

import java.util.List;

import org.smtpproxy.tenancy.state.Problem;

/** What became of a change. Whatever is not {@link Done} has changed nothing. */
public sealed interface Outcome<T> {
    record Done<T>(T value) implements Outcome<T> {}

    /** There is none such, or it is another tenant's. */
    record Missing<T>() implements Outcome<T> {}

    /** A name that must be unique is in use; by whom isn't said. */
    record Taken<T>(String name) implements Outcome<T> {}

    /** Somebody else changed it since the caller looked. */
    record Outdated<T>(long version) implements Outcome<T> {}

    /** The relay couldn't run the configuration that would result. */
    record Refused<T>(List<Problem> problems) implements Outcome<T> {
        public Refused {
            problems = List.copyOf(problems);
        }
    }
}
