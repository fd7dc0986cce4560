package org.smtpproxy.mail;

/**
 * A part of a message: the recipients that share a route and a due time, the unit the queue leases and settles. A
 * message starts as part 0; parts split off later get numbers that are never used again.
 */
public record PartId(MessageId message, long number) implements Comparable<PartId> {
    @Override
    public int compareTo(PartId other) {
        int order = message.compareTo(other.message);
        return order != 0 ? order : Long.compare(number, other.number);
    }

    @Override
    public String toString() {
        return message + "." + number;
    }
}
