package org.smtpproxy.queue.embedded;

import java.util.Arrays;

/**
 * How many of a lane's parts were accepted when, to ten seconds. There may be a million parts in one lane, or one in
 * each of a hundred thousand lanes: pairs of time and count stand in one sorted array of eight octets a pair, and as no
 * part waits for longer than days, even the longest is short enough to be moved.
 */
final class Ages {
    private static final int PRECISION_MILLIS = 10_000;

    /** Time, count, time, count: sorted by time. */
    private int[] pairs = new int[2];

    private int used;
    private long parts;

    /** Counts may be below zero for a while, when parts go before they came. */
    void add(long acceptedAtMillis, int times) {
        parts += times;
        int time = (int) Math.floorDiv(acceptedAtMillis, (long) PRECISION_MILLIS);
        int at = find(time);
        if (at < used && pairs[at] == time) {
            pairs[at + 1] += times;
            if (pairs[at + 1] == 0) {
                System.arraycopy(pairs, at + 2, pairs, at, used - at - 2);
                used -= 2;
            }
            return;
        }
        if (used == pairs.length) {
            pairs = Arrays.copyOf(pairs, used + Math.max(2, used / 4 * 2));
        }
        System.arraycopy(pairs, at, pairs, at + 2, used - at);
        pairs[at] = time;
        pairs[at + 1] = times;
        used += 2;
    }

    boolean isEmpty() {
        return used == 0;
    }

    long parts() {
        return parts;
    }

    /** When the oldest was accepted, or up to ten seconds earlier. */
    long oldestMillis() {
        return (long) pairs[0] * PRECISION_MILLIS;
    }

    /** The index of the pair of a time, or where it belongs. */
    private int find(int time) {
        int low = 0;
        int high = used / 2;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (pairs[2 * middle] < time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return 2 * low;
    }
}
