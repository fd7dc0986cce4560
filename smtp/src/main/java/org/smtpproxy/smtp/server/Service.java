package org.smtpproxy.smtp.server;

import java.util.function.LongSupplier;

/**
 * What the listeners of a server share.
 *
 * @param clock nanoseconds, counted up from any small number
 */
record Service(
        SessionHandler.Factory handlers,
        ServerObserver observer,
        Connections connections,
        InputBuffer.Pool buffers,
        LongSupplier clock) {}
