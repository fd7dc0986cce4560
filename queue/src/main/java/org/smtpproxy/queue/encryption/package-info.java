/**
 * How the queue keeps content and addresses unreadable on disk: a master key wraps a data key per tenant, from which
 * each message's key is derived.
 */
@NullMarked
package org.smtpproxy.queue.encryption;

import org.jspecify.annotations.NullMarked;
