package org.smtpproxy.testkit.load;

import java.time.Duration;

/**
 * What a load run does. A rate makes it an open loop: message k is due at start + k / rate, whatever happened to those
 * before it; rate 0 is a closed loop, in which each connection sends its next message when the last one was answered.
 *
 * @param connections how many sessions at once
 * @param messages how many messages in all
 * @param size bytes of a message's content, header and line ends included, before dot-stuffing
 * @param rate messages per second over all connections, or 0
 * @param perConnection messages after which a connection is closed and a new one opened; 0 keeps it
 * @param pipelined whether MAIL, RCPT and DATA go out in one write
 * @param limit when the whole run is broken off
 */
public record LoadPlan(
        Target target,
        int connections,
        int messages,
        int size,
        double rate,
        int perConnection,
        boolean pipelined,
        String sender,
        String recipient,
        Duration limit) {

    public LoadPlan {
        if (connections < 1 || messages < 1 || size < 0 || rate < 0 || perConnection < 0) {
            throw new IllegalArgumentException("a load needs connections, messages, and nothing negative");
        }
    }

    /** 10 kept connections, closed loop, 4 KB. */
    public static LoadPlan of(Target target, int messages) {
        return new LoadPlan(
                target, 10, messages, 4096, 0, 0, false, "source@load.test", "sink@load.test", Duration.ofMinutes(10));
    }

    public LoadPlan connections(int count) {
        return new LoadPlan(target, count, messages, size, rate, perConnection, pipelined, sender, recipient, limit);
    }

    public LoadPlan size(int bytes) {
        return new LoadPlan(
                target, connections, messages, bytes, rate, perConnection, pipelined, sender, recipient, limit);
    }

    public LoadPlan rate(double perSecond) {
        return new LoadPlan(
                target, connections, messages, size, perSecond, perConnection, pipelined, sender, recipient, limit);
    }

    public LoadPlan perConnection(int count) {
        return new LoadPlan(target, connections, messages, size, rate, count, pipelined, sender, recipient, limit);
    }

    public LoadPlan pipelined(boolean on) {
        return new LoadPlan(target, connections, messages, size, rate, perConnection, on, sender, recipient, limit);
    }

    public LoadPlan envelope(String from, String to) {
        return new LoadPlan(target, connections, messages, size, rate, perConnection, pipelined, from, to, limit);
    }

    public LoadPlan limit(Duration most) {
        return new LoadPlan(
                target, connections, messages, size, rate, perConnection, pipelined, sender, recipient, most);
    }

    boolean isOpenLoop() {
        return rate > 0;
    }
}
