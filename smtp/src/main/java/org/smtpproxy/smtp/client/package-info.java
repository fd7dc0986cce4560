/** The sending side of SMTP: a blocking client for virtual threads whose replies are values. */
@NullMarked
package org.smtpproxy.smtp.client;

import org.jspecify.annotations.NullMarked;
