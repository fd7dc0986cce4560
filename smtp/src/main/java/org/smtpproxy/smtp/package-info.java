/** What both directions of SMTP share: the grammar of paths and their parameters. */
@NullMarked
package org.smtpproxy.smtp;

import org.jspecify.annotations.NullMarked;
