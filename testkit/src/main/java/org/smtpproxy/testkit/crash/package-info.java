/** Kills the program under load, again and again, and proves that it kept every promise. */
@NullMarked
package org.smtpproxy.testkit.crash;

import org.jspecify.annotations.NullMarked;
