/** The state file: the configuration as written, with the place of every value. Says nothing of whether it makes sense. */
@NullMarked
package org.smtpproxy.tenancy.state;

import org.jspecify.annotations.NullMarked;
