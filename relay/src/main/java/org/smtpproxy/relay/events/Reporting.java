package org.smtpproxy.relay.events;

import java.time.Clock;

/** Where the data plane tells what happens, and the clock it goes by. */
public record Reporting(DeliveryLog log, RelayMetrics metrics, Clock clock) {}
