/** Disks that fail on command: I/O errors injected below libc, and disks that are full. */
@NullMarked
package org.smtpproxy.testkit.fault;

import org.jspecify.annotations.NullMarked;
