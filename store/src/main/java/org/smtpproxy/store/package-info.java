/** All SQL of smtp-proxy: the schema, row-level security, and one store per noun. */
@NullMarked
package org.smtpproxy.store;

import org.jspecify.annotations.NullMarked;
