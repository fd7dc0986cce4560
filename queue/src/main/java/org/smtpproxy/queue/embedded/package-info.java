/**
 * The queue on this machine's disk: RocksDB behind one writer thread, large bodies and open attempts in files beside
 * it. {@code docs/spool.md} tells the layout and the life of a message in it.
 */
@NullMarked
package org.smtpproxy.queue.embedded;

import org.jspecify.annotations.NullMarked;
