package org.smtpproxy.testkit.crash;

import java.util.List;

/**
 * One message that the sink has received whole, for these recipients, on one connection. The sink answers it later, or
 * never, when the program was killed meanwhile; an arrival that was in flight at a kill may be followed by a second one.
 */
final class Arrival {
    private final int number;
    private final int message;
    private final List<String> recipients;
    private volatile boolean answered;
    private volatile boolean inFlightAtKill;

    Arrival(int number, int message, List<String> recipients) {
        this.number = number;
        this.message = message;
        this.recipients = List.copyOf(recipients);
    }

    int number() {
        return number;
    }

    int message() {
        return message;
    }

    List<String> recipients() {
        return recipients;
    }

    void markAnswered() {
        answered = true;
    }

    /** Whether our 250 went out. Without it nobody may rely on the message having arrived. */
    boolean isAnswered() {
        return answered;
    }

    void markInFlightAtKill() {
        inFlightAtKill = true;
    }

    boolean wasInFlightAtKill() {
        return inFlightAtKill;
    }
}
