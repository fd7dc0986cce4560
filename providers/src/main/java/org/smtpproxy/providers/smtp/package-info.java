/** The provider type {@code smtp}: any smarthost, over kept connections. */
@NullMarked
package org.smtpproxy.providers.smtp;

import org.jspecify.annotations.NullMarked;
