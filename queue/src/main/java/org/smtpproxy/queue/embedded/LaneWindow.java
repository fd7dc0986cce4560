package org.smtpproxy.queue.embedded;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.Lane;

/**
 * The head of one lane in memory. Every waiting part of the lane is in memory if it comes before the horizon, and only
 * on disk if not; without a horizon all are in memory. Leased parts are in neither, though their rows are still on
 * disk: a load leaves them out. Guarded by the lock of {@link Schedule}.
 */
final class LaneWindow {
    private final Lane lane;
    private final long number;
    private final TreeSet<WaitingPart> parts = new TreeSet<>();
    private @Nullable WaitingPart horizon;
    private @Nullable Load load;
    private boolean unreadable;
    private int leased;
    private double served;
    private @Nullable Place place;

    /** Where the lane stands among those that are ready or delayed. */
    record Place(boolean ready, Turn turn) {}

    /** A lane's place among those that are ready (by share) or delayed (by due time). */
    record Turn(double order, long number) implements Comparable<Turn> {
        private static final Comparator<Turn> ORDER =
                Comparator.comparingDouble(Turn::order).thenComparingLong(Turn::number);

        @Override
        public int compareTo(Turn other) {
            return ORDER.compare(this, other);
        }
    }

    /** A read of the rows behind the horizon, and what happened to them since it began. */
    private static final class Load {
        private final WaitingPart from;
        private final List<WaitingPart> arrivals = new ArrayList<>();
        private final Set<WaitingPart> departures = new HashSet<>();

        Load(WaitingPart from) {
            this.from = from;
        }
    }

    /** @param served the share it is taken to have had, so that a new lane is equal to the others */
    LaneWindow(Lane lane, long number, double served) {
        this.lane = lane;
        this.number = number;
        this.served = served;
    }

    Lane lane() {
        return lane;
    }

    long number() {
        return number;
    }

    double served() {
        return served;
    }

    void charge(double start, long cost) {
        served = start + cost;
    }

    @Nullable
    Place place() {
        return place;
    }

    void standAt(@Nullable Place other) {
        place = other;
    }

    int size() {
        return parts.size();
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    boolean isLoading() {
        return load != null;
    }

    /** Nothing waits, is leased or may come from disk. */
    boolean isIdle() {
        return parts.isEmpty() && horizon == null && load == null && leased == 0;
    }

    /** When its first part is due; {@code Long.MAX_VALUE} when it has none or has to wait for a load. */
    long due() {
        if (!parts.isEmpty()) {
            return parts.first().due();
        }
        return horizon == null || load != null ? Long.MAX_VALUE : horizon.due();
    }

    /** When its first part is, or was, due, wherever that part is. */
    long firstDue() {
        if (!parts.isEmpty()) {
            return parts.first().due();
        }
        return horizon == null ? Long.MAX_VALUE : horizon.due();
    }

    /** A lane found on disk: its parts start at a row, none is in memory. */
    void startAt(WaitingPart first) {
        horizon = first;
    }

    /** A part waits now, and its row is on disk. */
    void add(WaitingPart part, int room) {
        if (load != null && !isBefore(part, horizon)) {
            load.arrivals.add(part);
        } else if (isBefore(part, horizon)) {
            if (!parts.add(part)) {
                // A load was faster than the news of the commit.
                part.forgetContent();
            }
            trim(room);
        } else {
            part.forgetContent();
        }
    }

    WaitingPart first() {
        return parts.first();
    }

    WaitingPart lease() {
        leased++;
        WaitingPart first = parts.pollFirst();
        if (first == null) {
            throw new IllegalStateException("nothing waits in lane " + lane);
        }
        return first;
    }

    /** A lease was taken over from before the windows were built anew. */
    void keepLease() {
        leased++;
    }

    void endLease() {
        leased--;
    }

    /** A part's row is gone. */
    void departed(WaitingPart part) {
        if (load != null) {
            load.departures.add(part);
        }
    }

    /** Drops the parts that are due last until {@code room} are left: they are on disk. */
    void trim(int room) {
        while (parts.size() > room) {
            WaitingPart last = parts.removeLast();
            last.forgetContent();
            horizon = last;
        }
    }

    /** Whether it would be good to read more of what is due. */
    boolean wantsLoad(int room, long now) {
        return load == null && horizon != null && horizon.due() <= now && parts.size() <= room / 2;
    }

    /** Where to read from; the caller has checked {@link #wantsLoad}. */
    WaitingPart beginLoad() {
        WaitingPart from = horizon;
        if (from == null) {
            throw new IllegalStateException("all of lane " + lane + " is in memory");
        }
        load = new Load(from);
        return from;
    }

    /**
     * Takes what was read.
     *
     * @param next the first row that was not read; null when there is none
     */
    void endLoad(List<WaitingPart> rows, @Nullable WaitingPart next, Predicate<WaitingPart> isLeased, int room) {
        Load ended = load;
        load = null;
        unreadable = false;
        // Without a move of the horizon meanwhile, the rows join what is in memory without a gap.
        if (ended == null || horizon == null || !ended.from.equals(horizon)) {
            if (ended != null) {
                ended.arrivals.forEach(WaitingPart::forgetContent);
            }
            return;
        }
        horizon = next;
        for (WaitingPart arrival : ended.arrivals) {
            add(arrival, Integer.MAX_VALUE);
        }
        for (WaitingPart row : rows) {
            if (!ended.departures.contains(row) && !isLeased.test(row)) {
                parts.add(row);
            }
        }
        trim(room);
    }

    /** Returns whether the load before this one had worked. */
    boolean failLoad() {
        if (load != null) {
            load.arrivals.forEach(WaitingPart::forgetContent);
            load = null;
        }
        boolean isFirst = !unreadable;
        unreadable = true;
        return isFirst;
    }

    private static boolean isBefore(WaitingPart part, @Nullable WaitingPart horizon) {
        return horizon == null || part.compareTo(horizon) < 0;
    }
}
