/** What is served over HTTP: health, metrics and the REST API. */
@NullMarked
package org.smtpproxy.app.operations;

import org.jspecify.annotations.NullMarked;
