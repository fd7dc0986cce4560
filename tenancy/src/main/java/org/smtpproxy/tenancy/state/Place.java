package org.smtpproxy.tenancy.state;

import org.jspecify.annotations.Nullable;

/**
 * Where a document has a value: its line, and the way to it such as {@code tenants[0].routes[1].to[0]}. It is no part
 * of what the document says, so all places are equal and records that differ in places only are equal too.
 */
public final class Place {
    private final @Nullable Place parent;
    private final String step;
    private final int line;

    private Place(@Nullable Place parent, String step, int line) {
        this.parent = parent;
        this.step = step;
        this.line = line;
    }

    /** The document as a whole. */
    static Place document(String name, int line) {
        return new Place(null, name, line);
    }

    /** A value that no document has, in a state made by the program. */
    static Place nowhere() {
        return document("", 0);
    }

    Place key(String key, int line) {
        return new Place(this, parent == null ? key : "." + key, line);
    }

    /** A key that isn't there, at the line of what should have it. */
    public Place missing(String key) {
        return key(key, line);
    }

    Place item(int index, int line) {
        return new Place(this, "[" + index + "]", line);
    }

    /** Counted from 1; 0 when the value wasn't in the file that the user wrote. */
    public int line() {
        return line;
    }

    /** The name of the document for its root. */
    public String path() {
        StringBuilder path = new StringBuilder(step);
        for (Place above = parent; above != null && above.parent != null; above = above.parent) {
            path.insert(0, above.step);
        }
        return path.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Place;
    }

    @Override
    public int hashCode() {
        return Place.class.hashCode();
    }

    @Override
    public String toString() {
        return "line " + line + ": " + path();
    }
}
