package org.smtpproxy.tenancy.state;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One mapping of the document, read key by key into written values. What has the wrong form is noted as a problem and
 * then read as far as it goes, so that one mistake doesn't hide the others or look like several.
 */
final class MappingReader {
    private final Place place;
    private final Document document;
    private final Map<String, Node> values = new LinkedHashMap<>();
    private final Map<String, Place> places = new LinkedHashMap<>();
    private final Set<String> known;

    private MappingReader(MappingNode node, Place place, Keys keys, Document document) {
        this.place = place;
        this.document = document;
        this.known = new HashSet<>(keys.known());
        for (NodeTuple tuple : node.getValue()) {
            add(tuple, node.getFlowStyle() == FlowStyle.FLOW);
        }
    }

    /** Reads a mapping whose keys are all known beforehand. */
    static Optional<MappingReader> strict(Node node, Place place, Keys keys, Document document) {
        Optional<MappingReader> reader = open(node, place, keys, document);
        reader.ifPresent(mapping -> mapping.refuseOthers(keys));
        return reader;
    }

    /** Reads a mapping that has keys which only somebody else knows. */
    static Optional<MappingReader> open(Node node, Place place, Keys keys, Document document) {
        if (!document.withinBudget(place)) {
            return Optional.empty();
        }
        if (node instanceof MappingNode mapping) {
            return Optional.of(new MappingReader(mapping, place, keys, document));
        }
        document.problems().add(place, "must be a mapping with the keys " + String.join(", ", keys.known()));
        return Optional.empty();
    }

    Place place() {
        return place;
    }

    /** A text without which the mapping can't be used. */
    Optional<Written<String>> requiredText(String key) {
        requireKey(key);
        return text(key);
    }

    /** A list without which the mapping can't be used. */
    <T> Optional<Written<List<T>>> requiredList(String key, ElementReader<T> element) {
        requireKey(key);
        return list(key, element);
    }

    Optional<Written<String>> text(String key) {
        return written(key).flatMap(value -> document.text(value.value(), value.place()));
    }

    /** A text that may be a reference. */
    Optional<Written<String>> secret(String key) {
        return written(key).flatMap(value -> document.textOrReference(value.value(), value.place()));
    }

    /** A number counts as a text here: the compiler's words about durations help more than talk of quotes. */
    Optional<Written<String>> duration(String key) {
        return written(key).flatMap(value -> document.bareText(value.value(), value.place()));
    }

    Optional<Written<Long>> integer(String key) {
        return written(key).flatMap(value -> {
            if (document.scalar(value.value()) instanceof Long number) {
                return Optional.of(new Written<>(number, value.place()));
            }
            document.problems().add(value.place(), "must be a whole number");
            return Optional.empty();
        });
    }

    Optional<Written<Double>> number(String key) {
        return written(key).flatMap(value -> {
            if (document.scalar(value.value()) instanceof Number number) {
                return Optional.of(new Written<>(number.doubleValue(), value.place()));
            }
            document.problems().add(value.place(), "must be a number");
            return Optional.empty();
        });
    }

    Optional<Written<List<Written<String>>>> texts(String key) {
        return list(key, (node, at) -> document.text(node, at));
    }

    /** The elements that can be read; absent when the key is. */
    <T> Optional<Written<List<T>>> list(String key, ElementReader<T> element) {
        return written(key).flatMap(value -> {
            if (!(value.value() instanceof SequenceNode sequence)) {
                document.problems().add(value.place(), "must be a list");
                return Optional.empty();
            }
            List<T> elements = new ArrayList<>();
            int index = 0;
            for (Node node : sequence.getValue()) {
                Place at = value.place().item(index++, document.line(node));
                if (document.withinBudget(at)) {
                    element.read(node, at).ifPresent(elements::add);
                }
            }
            return Optional.of(new Written<>(List.copyOf(elements), value.place()));
        });
    }

    <T> Optional<T> mapping(String key, Keys keys, Function<MappingReader, T> content) {
        return written(key)
                .flatMap(value -> strict(value.value(), value.place(), keys, document))
                .map(content);
    }

    /** The keys that aren't the format's own. */
    Map<String, Written<Object>> others() {
        Map<String, Written<Object>> others = new LinkedHashMap<>();
        values.forEach((key, node) -> {
            if (!known.contains(key)) {
                others.put(key, document.anything(node, placeOf(key)));
            }
        });
        return others;
    }

    interface ElementReader<T> {
        Optional<T> read(Node node, Place place);
    }

    private void add(NodeTuple tuple, boolean inBraces) {
        Node key = tuple.getKeyNode();
        int line = document.line(key);
        if (!(key instanceof ScalarNode scalar)) {
            document.problems().add(place.key("?", line), "a key must be a text");
            return;
        }
        String name = scalar.getValue();
        if (inBraces && !known.contains(name) && tuple.getValueNode().getTag().equals(Tag.NULL)) {
            // Not named: it may be the rest of a password that has a comma.
            document.problems().add(place.key("?", line), "a key without a value; put a text with a comma in quotes");
            return;
        }
        Place at = place.key(name, line);
        if (values.putIfAbsent(name, tuple.getValueNode()) == null) {
            places.put(name, at);
        } else {
            document.problems().add(at, "is there twice");
        }
    }

    private void refuseOthers(Keys keys) {
        places.forEach((key, at) -> {
            if (keys.later().contains(key)) {
                document.problems().add(at, "is not supported in this version");
            } else if (!known.contains(key)) {
                document.problems().add(at, "unknown key" + Suggestion.near(key, keys.known()));
            }
        });
    }

    private void requireKey(String key) {
        if (!values.containsKey(key)) {
            document.problems().add(place.missing(key), "is missing");
        }
    }

    private Optional<Written<Node>> written(String key) {
        if (!known.contains(key)) {
            throw new IllegalStateException("not a declared key: " + key);
        }
        Node node = values.get(key);
        if (node == null || !document.withinBudget(place)) {
            return Optional.empty();
        }
        Place at = placeOf(key);
        if (node.getTag().equals(Tag.NULL)) {
            document.problems().add(at, "has no value; leave the key out or give it one");
            return Optional.empty();
        }
        return Optional.of(new Written<>(node, at));
    }

    private Place placeOf(String key) {
        return Objects.requireNonNull(places.get(key));
    }
}
