/** The receiving side of SMTP: a session as a state machine without I/O, and the transport that drives it. */
@NullMarked
package org.smtpproxy.smtp.server;

import org.jspecify.annotations.NullMarked;
