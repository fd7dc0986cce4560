/** What a provider's answers mean for each recipient. */
@NullMarked
package org.smtpproxy.relay.outcome;

import org.jspecify.annotations.NullMarked;
