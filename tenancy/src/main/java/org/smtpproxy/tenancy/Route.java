package org.smtpproxy.tenancy;

import java.util.List;

/** A rule of a tenant: which accounts take its messages, the first one that can. */
public record Route(String name, List<Candidate> to) {
    public Route {
        to = List.copyOf(to);
        if (to.isEmpty()) {
            throw new IllegalArgumentException("route " + name + " names no provider");
        }
    }
}
