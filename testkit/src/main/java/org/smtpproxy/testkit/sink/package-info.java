/** An SMTP server for tests that keeps what it gets, byte by byte, and misbehaves on request. */
@NullMarked
package org.smtpproxy.testkit.sink;

import org.jspecify.annotations.NullMarked;
