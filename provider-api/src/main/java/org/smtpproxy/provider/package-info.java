/** What a provider plug-in is compiled against. */
@NullMarked
package org.smtpproxy.provider;

import org.jspecify.annotations.NullMarked;
