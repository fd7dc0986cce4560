package org.smtpproxy.store;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** A piece of a list, and where the next one begins. */
public record Page<T>(List<T> items, Optional<String> nextCursor) {
    public Page {
        items = List.copyOf(items);
    }

    /** @param found one row more than were asked for, if there are more */
    static <T> Page<T> of(List<T> found, PageRequest request, Function<T, String> key) {
        if (found.size() <= request.limit()) {
            return new Page<>(found, Optional.empty());
        }
        List<T> items = found.subList(0, request.limit());
        return new Page<>(items, Optional.of(PageRequest.cursor(key.apply(items.getLast()))));
    }
}
