/** Who may submit: connections, logins and senders of SMTP clients meet tenants here. */
@NullMarked
package org.smtpproxy.relay.ingress;

import org.jspecify.annotations.NullMarked;
