package org.smtpproxy.queue.embedded;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Predicate;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.Lane;
import org.smtpproxy.queue.Lease;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.StaleLeaseException;

/**
 * Whose turn it is. Lanes with a due part take turns by octets: the lane that was served least goes first, and one
 * that comes back after a pause starts level with the others (start-time fair queueing, which needs no quantum). Lanes
 * whose first part is due later wait by that time. Nothing here touches the disk; what is committed is told to it in
 * the order of the commits.
 */
final class Schedule {
    /** What a part costs its lane besides its octets. */
    private static final int PART_COST = 1024;

    private static final long RETRY_LOAD_MILLIS = 1_000;

    /** Reads the rows of a lane from one on, and tells {@link #loaded} or {@link #loadFailed}. */
    interface Loader {
        void load(LaneWindow window, WaitingPart from, int count);
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Map<Lane, LaneWindow> lanes = new HashMap<>();
    private final NavigableMap<LaneWindow.Turn, LaneWindow> ready = new TreeMap<>();
    private final NavigableMap<LaneWindow.Turn, LaneWindow> delayed = new TreeMap<>();
    private final Clock clock;
    private final Leases leases;
    private final int windowPerLane;
    private final int windowTotal;
    private final Loader loader;
    private long laneNumbers;
    private long inMemory;
    private double virtualTime;
    private boolean news;
    private boolean paused = true;

    Schedule(SpoolOptions options, Loader loader) {
        this.clock = options.clock();
        this.leases = new Leases(options);
        this.windowPerLane = options.windowPerLane();
        this.windowTotal = options.windowTotal();
        this.loader = loader;
    }

    /** Tokens grow from here; larger than any of an earlier process. */
    void firstToken(long token) {
        locked(() -> leases.firstToken(token));
    }

    /** Starts from what is on disk: the first part of each lane. Leases stay. */
    void restart(Collection<WaitingPart> firstOfLanes) {
        locked(() -> {
            for (LaneWindow window : lanes.values()) {
                window.trim(0);
            }
            lanes.clear();
            ready.clear();
            delayed.clear();
            inMemory = 0;
            leases.all().forEach(claimed -> window(claimed.part().lane()).keepLease());
            for (WaitingPart first : firstOfLanes) {
                LaneWindow window = window(first.lane());
                window.startAt(first);
                place(window);
            }
            paused = false;
            tellNews();
        });
    }

    /** Nothing is given out until {@link #restart}. */
    void pause() {
        locked(() -> {
            paused = true;
            tellNews();
        });
    }

    /** A part became durable. */
    void add(WaitingPart part) {
        locked(() -> addLocked(part));
    }

    List<Claimed> claim(int maxParts, long maxBytes, Predicate<Lane> open) {
        List<Claimed> claimed = new ArrayList<>();
        List<Runnable> loads = new ArrayList<>();
        try {
            locked(() -> takeTurns(maxParts, maxBytes, open, claimed, loads));
            return claimed;
        } catch (RuntimeException | Error e) {
            // The caller's predicate: nobody will hear of what was taken before it was asked.
            claimed.forEach(part -> release(part.lease(), given -> {}));
            throw e;
        } finally {
            loads.forEach(Runnable::run);
        }
    }

    private void takeTurns(
            int maxParts, long maxBytes, Predicate<Lane> open, List<Claimed> claimed, List<Runnable> loads) {
        news = false;
        if (paused) {
            return;
        }
        long now = clock.millis();
        promote(now);
        expire();
        long bytes = 0;
        Map.Entry<LaneWindow.Turn, LaneWindow> next = ready.firstEntry();
        while (next != null) {
            LaneWindow window = next.getValue();
            if (window.isEmpty()) {
                beginLoad(window, now, loads);
            } else if (open.test(window.lane())) {
                long size = window.first().size();
                if (claimed.size() == maxParts || (!claimed.isEmpty() && bytes + size > maxBytes)) {
                    news = true;
                    return;
                }
                claimed.add(take(window));
                bytes += size;
                beginLoad(window, now, loads);
            }
            next = ready.higherEntry(next.getKey());
        }
    }

    void loaded(LaneWindow window, List<WaitingPart> rows, @Nullable WaitingPart next) {
        locked(() -> {
            if (lanes.get(window.lane()) == window) {
                resize(window, () -> window.endLoad(rows, next, row -> leases.has(row.id()), room()));
                place(window);
                tellNews();
            }
        });
    }

    /** The lane waits a second before it is read again. Returns whether the load before this one had worked. */
    boolean loadFailed(LaneWindow window) {
        lock.lock();
        try {
            if (lanes.get(window.lane()) != window) {
                return false;
            }
            boolean isFirst = window.failLoad();
            stand(window, false, new LaneWindow.Turn(clock.millis() + RETRY_LOAD_MILLIS, window.number()));
            changed.signalAll();
            return isFirst;
        } finally {
            lock.unlock();
        }
    }

    List<Lease> renew(Collection<Lease> renewed) {
        List<Lease> lost = new ArrayList<>();
        locked(() -> {
            expire();
            for (Lease lease : renewed) {
                Claimed claimed = leases.find(lease);
                if (claimed == null) {
                    lost.add(lease);
                } else {
                    leases.extend(claimed);
                }
            }
        });
        return lost;
    }

    /**
     * Gives a part back, unless the lease was lost or its outcome is being written.
     *
     * @param before done while nobody else can have the part yet
     */
    void release(Lease lease, Consumer<Claimed> before) {
        locked(() -> {
            Claimed claimed = leases.find(lease);
            if (claimed != null && !claimed.isSettling()) {
                before.accept(claimed);
                giveBack(claimed);
            }
        });
    }

    /** Does something that only the part's owner may, or throws {@link StaleLeaseException}. */
    void asOwner(Lease lease, Consumer<Claimed> action) {
        locked(() -> action.accept(leases.held(lease)));
    }

    /**
     * Keeps a lease from expiring while its outcome is written. Not while this is paused: an outcome that failed may be
     * on disk, and until {@link #dropLease} told, writing it again could write it twice.
     */
    Claimed beginSettle(Lease lease) {
        lock.lock();
        try {
            if (paused) {
                throw new QueueUnavailableException("the spool is not open");
            }
            Claimed claimed = leases.held(lease);
            if (claimed.isSettling()) {
                throw new StaleLeaseException(lease);
            }
            claimed.settling(true);
            return claimed;
        } finally {
            lock.unlock();
        }
    }

    /** The outcome is durable: the part's old row is gone, these wait now. */
    void endSettle(Claimed claimed, List<WaitingPart> waiting) {
        locked(() -> {
            WaitingPart part = claimed.part();
            leases.end(claimed);
            LaneWindow window = window(part.lane());
            window.departed(part);
            window.endLease();
            waiting.forEach(this::addLocked);
            place(window);
        });
    }

    /** The outcome was not written: the owner may try again. */
    void failSettle(Claimed claimed) {
        locked(() -> claimed.settling(false));
    }

    /** Leases as they are now, for the summary and for checking them against the disk. */
    List<Claimed> leased() {
        lock.lock();
        try {
            return leases.all();
        } finally {
            lock.unlock();
        }
    }

    /** When the first waiting part of each lane is, or was, due. */
    Map<Lane, Long> firstDues() {
        Map<Lane, Long> dues = new HashMap<>();
        locked(() -> lanes.forEach((lane, window) -> dues.put(lane, window.firstDue())));
        return dues;
    }

    /** Forgets a lease whose outcome turned out to be on disk. */
    void dropLease(Claimed claimed) {
        locked(() -> leases.end(claimed));
    }

    /** Waits for something that the last claim could not give. */
    void await(Instant until) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (true) {
                long now = clock.millis();
                promote(now);
                expire();
                if (news || now >= until.toEpochMilli()) {
                    return;
                }
                long pause = Math.min(Math.min(until.toEpochMilli(), delayedFirst()) - now, leases.millisToNext());
                changed.awaitNanos(TimeUnit.MILLISECONDS.toNanos(Math.max(1, pause)));
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends waits: a caller can serve lanes that it couldn't before. */
    void wake() {
        locked(this::tellNews);
    }

    private void addLocked(WaitingPart part) {
        if (leases.has(part.id())) {
            // A load saw its row, and someone claimed it, before the commit was told here.
            part.forgetContent();
            return;
        }
        LaneWindow window = window(part.lane());
        LaneWindow.Place before = window.place();
        boolean wasReady = before != null && before.ready();
        resize(window, () -> window.add(part, room()));
        place(window);
        if (inMemory > windowTotal + windowTotal / 4 && inMemory > 2L * lanes.size()) {
            lanes.values().forEach(other -> resize(other, () -> other.trim(room())));
        }
        if (!wasReady && part.due() <= clock.millis()) {
            tellNews();
        } else if (part.due() < delayedFirst()) {
            changed.signalAll();
        }
    }

    private long delayedFirst() {
        return delayed.isEmpty() ? Long.MAX_VALUE : (long) delayed.firstKey().order();
    }

    private Claimed take(LaneWindow window) {
        double start = Math.max(window.served(), virtualTime);
        virtualTime = start;
        WaitingPart part = window.lease();
        inMemory--;
        window.charge(start, part.size() + PART_COST);
        place(window);
        return leases.begin(part);
    }

    private void beginLoad(LaneWindow window, long now, List<Runnable> loads) {
        int room = room();
        if (window.wantsLoad(room, now)) {
            WaitingPart from = window.beginLoad();
            place(window);
            loads.add(() -> loader.load(window, from, room));
        }
    }

    private void expire() {
        leases.expired().forEach(this::giveBack);
    }

    private void giveBack(Claimed claimed) {
        leases.end(claimed);
        LaneWindow window = window(claimed.part().lane());
        window.endLease();
        addLocked(claimed.part());
        tellNews();
    }

    private void promote(long now) {
        while (!delayed.isEmpty() && delayed.firstKey().order() <= now) {
            LaneWindow window = delayed.firstEntry().getValue();
            stand(window, true, new LaneWindow.Turn(Math.max(window.served(), virtualTime), window.number()));
            news = true;
        }
    }

    private void tellNews() {
        news = true;
        changed.signalAll();
    }

    private LaneWindow window(Lane lane) {
        return lanes.computeIfAbsent(lane, l -> new LaneWindow(l, laneNumbers++, virtualTime));
    }

    private int room() {
        return Math.max(1, Math.min(windowPerLane, windowTotal / Math.max(1, lanes.size())));
    }

    private void resize(LaneWindow window, Runnable change) {
        int before = window.size();
        change.run();
        inMemory += window.size() - before;
    }

    /** Puts a lane where its first part belongs, or forgets it. */
    private void place(LaneWindow window) {
        long due = window.due();
        if (due <= clock.millis()) {
            stand(window, true, new LaneWindow.Turn(window.served(), window.number()));
        } else if (due < Long.MAX_VALUE) {
            stand(window, false, new LaneWindow.Turn(due, window.number()));
        } else {
            leavePlace(window);
            if (window.isIdle()) {
                lanes.remove(window.lane());
            }
        }
    }

    private void stand(LaneWindow window, boolean isReady, LaneWindow.Turn turn) {
        leavePlace(window);
        (isReady ? ready : delayed).put(turn, window);
        window.standAt(new LaneWindow.Place(isReady, turn));
    }

    private void leavePlace(LaneWindow window) {
        LaneWindow.Place place = window.place();
        if (place != null) {
            (place.ready() ? ready : delayed).remove(place.turn());
            window.standAt(null);
        }
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
        } finally {
            lock.unlock();
        }
    }
}
