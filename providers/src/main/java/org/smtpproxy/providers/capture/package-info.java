/** The provider type {@code capture}: keeps messages as files to be looked at; nothing leaves the machine. */
@NullMarked
package org.smtpproxy.providers.capture;

import org.jspecify.annotations.NullMarked;
