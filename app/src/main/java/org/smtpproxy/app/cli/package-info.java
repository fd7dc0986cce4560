/** The commands that talk to a running node. */
@NullMarked
package org.smtpproxy.app.cli;

import org.jspecify.annotations.NullMarked;
