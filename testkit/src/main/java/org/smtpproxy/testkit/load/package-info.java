/** A load generator that speaks SMTP as applications do and measures without fooling itself. */
@NullMarked
package org.smtpproxy.testkit.load;

import org.jspecify.annotations.NullMarked;
