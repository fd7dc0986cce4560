/** A running node: what it is made of, and how it starts and stops. */
@NullMarked
package org.smtpproxy.app.node;

import org.jspecify.annotations.NullMarked;
