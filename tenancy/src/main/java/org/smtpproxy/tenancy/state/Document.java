package org.smtpproxy.tenancy.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * What the readers of one document share: the problems found, how values of any kind are read, and a budget of values
 * that keeps a small document from growing large through aliases.
 */
final class Document {
    /** Enough for header maps and the like; aliases could nest without end. */
    private static final int DEEPEST_SETTING = 10;

    private final Problems problems = new Problems();
    private final boolean withLines;
    private long budget;

    /** @param withLines false for a document that the user never saw: its lines would mislead */
    Document(int characters, boolean withLines) {
        this.withLines = withLines;
        // A value takes at least two characters: only repeated aliases can use up four values a character.
        this.budget = 10_000 + 4L * characters;
    }

    Problems problems() {
        return problems;
    }

    int line(Node node) {
        return withLines ? node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0) : 0;
    }

    /** False, with a problem once, when aliases blew the document up. */
    boolean withinBudget(Place place) {
        if (budget == 0) {
            problems.add(place, "aliases repeat too much; reading stopped here");
        }
        return budget-- > 0;
    }

    Optional<Written<String>> text(Node node, Place place) {
        Optional<Written<String>> text = textOrReference(node, place);
        if (text.filter(written -> written.value().startsWith("${")).isPresent()) {
            problems.add(place, "can't be a reference; only passwords and settings of providers can");
        }
        return text;
    }

    /** A number or a yes-no word without quotes is refused but read, so that what names it isn't unknown as well. */
    Optional<Written<String>> textOrReference(Node node, Place place) {
        if (node instanceof ScalarNode && !node.getTag().equals(Tag.STR)) {
            problems.add(place, "must be a text; put a number or a yes/no word in quotes");
        }
        return bareText(node, place);
    }

    /** A scalar as it is written, whatever YAML takes it for. */
    Optional<Written<String>> bareText(Node node, Place place) {
        if (!(node instanceof ScalarNode scalar)) {
            problems.add(place, "must be a text");
            return Optional.empty();
        }
        if (scalar.getValue().isEmpty()) {
            problems.add(place, "is empty");
            return Optional.empty();
        }
        return Optional.of(new Written<>(scalar.getValue(), place));
    }

    /** The text, whole number, number or boolean of a node; the node itself when it is none of these. */
    Object scalar(Node node) {
        if (!(node instanceof ScalarNode scalar)) {
            return node;
        }
        String text = scalar.getValue();
        try {
            if (node.getTag().equals(Tag.INT)) {
                return Long.parseLong(text);
            }
            if (node.getTag().equals(Tag.FLOAT)) {
                return decimal(text);
            }
        } catch (NumberFormatException notInRange) {
            return node;
        }
        if (node.getTag().equals(Tag.BOOL)) {
            return text.equals("true");
        }
        return node.getTag().equals(Tag.STR) ? text : node;
    }

    /** A setting whose meaning isn't known here: scalars as they are, lists and maps of written values. */
    Written<Object> anything(Node node, Place place) {
        return new Written<>(anything(node, place, DEEPEST_SETTING), place);
    }

    private Object anything(Node node, Place place, int depth) {
        if (depth == 0) {
            problems.add(place, "is nested too deeply");
            return "";
        }
        if (!withinBudget(place)) {
            return "";
        }
        return switch (node) {
            case SequenceNode sequence -> list(sequence, place, depth);
            case MappingNode mapping -> map(mapping, place, depth);
            default -> known(node, place);
        };
    }

    private Object known(Node node, Place place) {
        Object value = scalar(node);
        if (value instanceof Node) {
            problems.add(
                    place,
                    node.getTag().equals(Tag.NULL)
                            ? "has no value; leave the key out or give it one"
                            : "must be a text, a number, true or false");
            return "";
        }
        return value;
    }

    private List<Written<Object>> list(SequenceNode sequence, Place place, int depth) {
        List<Written<Object>> elements = new ArrayList<>();
        for (Node node : sequence.getValue()) {
            Place at = place.item(elements.size(), line(node));
            elements.add(new Written<>(anything(node, at, depth - 1), at));
        }
        return List.copyOf(elements);
    }

    private Map<String, Written<Object>> map(MappingNode mapping, Place place, int depth) {
        Map<String, Written<Object>> entries = new LinkedHashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            int line = line(tuple.getKeyNode());
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                problems.add(place.key("?", line), "a key must be a text");
                continue;
            }
            Place at = place.key(key.getValue(), line);
            Object value = anything(tuple.getValueNode(), at, depth - 1);
            if (entries.putIfAbsent(key.getValue(), new Written<>(value, at)) != null) {
                problems.add(at, "is there twice");
            }
        }
        return Collections.unmodifiableMap(entries);
    }

    private static double decimal(String text) {
        return switch (text) {
            case ".inf" -> Double.POSITIVE_INFINITY;
            case "-.inf" -> Double.NEGATIVE_INFINITY;
            case ".nan" -> Double.NaN;
            default -> Double.parseDouble(text);
        };
    }
}
