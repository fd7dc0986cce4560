/** The vocabulary every other module speaks: addresses, envelopes, ids, replies, answers of providers, events. */
@NullMarked
package org.smtpproxy.mail;

import org.jspecify.annotations.NullMarked;
