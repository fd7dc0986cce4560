/** Every setting of a process, from file, environment and flags. */
@NullMarked
package org.smtpproxy.app.settings;

import org.jspecify.annotations.NullMarked;
