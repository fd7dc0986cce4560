package org.smtpproxy.queue;

import java.time.Instant;

import org.smtpproxy.mail.PartId;

/**
 * The right to deliver a part until {@code expires}.
 *
 * @param token the fence: grows with every lease of the part, so that a late owner's settle is refused
 */
public record Lease(PartId part, long token, Instant expires) {}
