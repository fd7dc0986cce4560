package org.smtpproxy.relay.dispatch;

import java.time.Duration;

/**
 * How much is delivered at once.
 *
 * @param fewest deliveries at once when there is little to do
 * @param most deliveries at once when there is much
 * @param leaseRenewal how often leases of running deliveries are renewed; well below the queue's lease time
 */
public record DispatchOptions(int fewest, int most, Duration leaseRenewal) {
    public DispatchOptions {
        if (fewest < 1 || most < fewest) {
            throw new IllegalArgumentException("deliveries: fewest is at least 1 and at most the most");
        }
    }
}
