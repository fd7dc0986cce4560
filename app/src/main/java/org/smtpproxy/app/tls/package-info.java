/** The node's certificate. */
@NullMarked
package org.smtpproxy.app.tls;

import org.jspecify.annotations.NullMarked;
