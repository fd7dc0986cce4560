/** Programs under test and foreign programs beside them, run as real processes that always end. */
@NullMarked
package org.smtpproxy.testkit.process;

import org.jspecify.annotations.NullMarked;
