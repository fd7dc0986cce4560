/** What a tenant may do and where its mail goes: immutable snapshots, compiled from the configuration as written. */
@NullMarked
package org.smtpproxy.tenancy;

import org.jspecify.annotations.NullMarked;
