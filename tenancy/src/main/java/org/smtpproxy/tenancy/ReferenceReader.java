package org.smtpproxy.tenancy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import org.smtpproxy.tenancy.References.Resolution.Resolved;
import org.smtpproxy.tenancy.References.Resolution.Unresolved;
import org.smtpproxy.tenancy.state.Place;
import org.smtpproxy.tenancy.state.Problems;
import org.smtpproxy.tenancy.state.Written;

/** Puts what references point to in their place. A reference is the whole of a value, never a part of it. */
final class ReferenceReader {
    private static final Pattern WHOLE = Pattern.compile("\\$\\{[^}]*}");
    private static final Pattern WITHIN = Pattern.compile("\\$\\{(env|file|vault):[^}]*}");

    private final References references;
    private final Problems problems;

    ReferenceReader(References references, Problems problems) {
        this.references = references;
        this.problems = problems;
    }

    /** Empty when it is a reference to nothing. */
    Optional<String> text(Written<String> written) {
        return text(written.value(), written.place());
    }

    /** The plain value of a setting: texts, numbers, booleans, lists and maps. */
    Optional<Object> value(Written<?> written) {
        return switch (written.value()) {
            case String text -> text(text, written.place()).map(Object.class::cast);
            case List<?> elements -> list(elements);
            case Map<?, ?> entries -> map(entries);
            case Object scalar -> Optional.of(scalar);
        };
    }

    private Optional<String> text(String text, Place place) {
        if (WHOLE.matcher(text).matches()) {
            return switch (references.resolve(text)) {
                case Resolved resolved -> Optional.of(resolved.value());
                case Unresolved unresolved -> {
                    problems.add(place, unresolved.why());
                    yield Optional.empty();
                }
            };
        }
        if (WITHIN.matcher(text).find()) {
            problems.add(place, "has a reference in it; a reference must be the whole value");
            return Optional.empty();
        }
        return Optional.of(text);
    }

    private Optional<Object> list(List<?> elements) {
        List<Object> values = new ArrayList<>();
        for (Object element : elements) {
            value((Written<?>) element).ifPresent(values::add);
        }
        return values.size() == elements.size() ? Optional.of(List.copyOf(values)) : Optional.empty();
    }

    private Optional<Object> map(Map<?, ?> entries) {
        Map<Object, Object> values = new LinkedHashMap<>();
        entries.forEach((key, value) -> value((Written<?>) value).ifPresent(plain -> values.put(key, plain)));
        return values.size() == entries.size() ? Optional.of(Collections.unmodifiableMap(values)) : Optional.empty();
    }
}
