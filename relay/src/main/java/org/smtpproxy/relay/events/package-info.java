/** What is told about a message's life: log records and metrics. */
@NullMarked
package org.smtpproxy.relay.events;

import org.jspecify.annotations.NullMarked;
