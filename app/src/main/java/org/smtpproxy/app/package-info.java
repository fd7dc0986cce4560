/** The composition root: commands, settings, and the node that a {@code run} starts. */
@NullMarked
package org.smtpproxy.app;

import org.jspecify.annotations.NullMarked;
