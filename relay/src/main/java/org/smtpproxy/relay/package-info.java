/** The data plane, its packages in the order in which a message meets them. */
@NullMarked
package org.smtpproxy.relay;

import org.jspecify.annotations.NullMarked;
