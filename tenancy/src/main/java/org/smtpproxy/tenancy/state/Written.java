package org.smtpproxy.tenancy.state;

/** A value as the document has it, not yet judged, and where. Prints as its place: any value may be a secret. */
public record Written<T>(T value, Place place) {
    @Override
    public String toString() {
        return place.path();
    }
}
