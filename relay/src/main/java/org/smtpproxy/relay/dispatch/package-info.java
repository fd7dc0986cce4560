/** Which part goes out next, and how many at once. */
@NullMarked
package org.smtpproxy.relay.dispatch;

import org.jspecify.annotations.NullMarked;
