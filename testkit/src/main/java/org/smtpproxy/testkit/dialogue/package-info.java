/**
 * Plays SMTP dialogues: files of client lines and expected replies, against anything that can be read from and written
 * to.
 */
@NullMarked
package org.smtpproxy.testkit.dialogue;

import org.jspecify.annotations.NullMarked;
