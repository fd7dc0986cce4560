package org.smtpproxy.tenancy;

/** Finds the secrets that the configuration only points to, such as {@code ${env:NAME}}. */
public interface References {
    /** @param reference the whole of it, from <code>${</code> to <code>}</code> */
    Resolution resolve(String reference);

    /** What a reference points to. */
    sealed interface Resolution {
        /** The value; prints as stars. */
        record Resolved(String value) implements Resolution {
            @Override
            public String toString() {
                return "***";
            }
        }

        /** There is none. */
        record Unresolved(String why) implements Resolution {}
    }
}
