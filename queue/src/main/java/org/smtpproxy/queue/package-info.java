/** The durable queue and the event log: interfaces that every backend keeps, and the words they use. */
@NullMarked
package org.smtpproxy.queue;

import org.jspecify.annotations.NullMarked;
