/** The running provider accounts. */
@NullMarked
package org.smtpproxy.relay.provider;

import org.jspecify.annotations.NullMarked;
