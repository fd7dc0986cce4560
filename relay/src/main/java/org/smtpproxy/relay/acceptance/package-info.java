/** What becomes of a message on its way in: header policy, then the queue. */
@NullMarked
package org.smtpproxy.relay.acceptance;

import org.jspecify.annotations.NullMarked;
