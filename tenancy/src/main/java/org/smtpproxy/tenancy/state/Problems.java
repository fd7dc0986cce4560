package org.smtpproxy.tenancy.state;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Everything found wrong so far. What an earlier look found wrong isn't reported a second time for another reason: a
 * value that can't be read need not make sense as well.
 */
public final class Problems {
    private final List<Problem> found = new ArrayList<>();
    private final Set<String> known = new HashSet<>();
    private final Set<String> aboveKnown = new HashSet<>();

    public Problems() {
        this(List.of());
    }

    /** @param earlier what reading the document found */
    public Problems(List<Problem> earlier) {
        for (Problem problem : earlier) {
            found.add(problem);
            known.add(problem.path());
            addAncestors(problem.path());
        }
    }

    public void add(Place place, String text) {
        if (known.isEmpty() || !known.contains(place.path())) {
            found.add(new Problem(place.line(), place.path(), text));
        }
    }

    /** Whether the earlier look found something wrong here or below: its lack may only be apparent. */
    public boolean knownAt(Place place) {
        return !known.isEmpty() && (known.contains(place.path()) || aboveKnown.contains(place.path()));
    }

    public boolean isEmpty() {
        return found.isEmpty();
    }

    /** In the order of their lines. */
    public List<Problem> sorted() {
        return found.stream().sorted(Comparator.comparingInt(Problem::line)).toList();
    }

    private void addAncestors(String path) {
        for (int end = lastStep(path, path.length()); end > 0; end = lastStep(path, end)) {
            aboveKnown.add(path.substring(0, end));
        }
    }

    private static int lastStep(String path, int end) {
        return Math.max(path.lastIndexOf('.', end - 1), path.lastIndexOf('[', end - 1));
    }
}
