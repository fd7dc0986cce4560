/** A real PostgreSQL as a child of this process, for those who bring none of their own. */
@NullMarked
package org.smtpproxy.store.postgres;

import org.jspecify.annotations.NullMarked;
