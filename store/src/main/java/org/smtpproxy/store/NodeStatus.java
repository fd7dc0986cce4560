package org.smtpproxy.store;

import java.time.Instant;
import java.util.List;

/**
 * A process of the installation, as it last said.
 *
 * @param epoch of the configuration it runs
 * @param health JSON: spool, providers, versions of what it depends on
 */
public record NodeStatus(
        String id,
        List<String> roles,
        long epoch,
        String version,
        String health,
        Instant startedAt,
        Instant heartbeatAt) {
    public NodeStatus {
        roles = List.copyOf(roles);
    }
}
