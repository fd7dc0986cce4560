package org.smtpproxy.store;

import java.time.Instant;
import java.util.Optional;

/**
 * Something a node is asked to do.
 *
 * @param arguments JSON
 * @param result JSON; there when the node has acknowledged it
 */
public record NodeCommand(
        long id,
        String node,
        String kind,
        String arguments,
        String createdBy,
        Instant createdAt,
        Optional<Instant> acknowledgedAt,
        Optional<String> result) {}
