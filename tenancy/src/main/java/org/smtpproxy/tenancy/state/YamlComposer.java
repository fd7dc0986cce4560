package org.smtpproxy.tenancy.state;

import java.util.Optional;

import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.parser.Parser;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/**
 * Turns YAML text into nodes, or into the one syntax error that ends it. Length and depth are bounded; the texts of
 * errors are the library's unless these would quote the document, which may hold secrets.
 */
final class YamlComposer {
    /** 100,000 tenants of ordinary size need about half of it. */
    static final int MOST_CHARACTERS = 128 * 1024 * 1024;

    static final int DEEPEST = 30;

    private YamlComposer() {}

    /** Where and why it isn't YAML, or not one document of it. */
    static final class SyntaxError extends Exception {
        private final int line;

        SyntaxError(int line, String text, Throwable cause) {
            super(text, cause);
            this.line = line;
        }

        int line() {
            return line;
        }

        String text() {
            return String.valueOf(getMessage());
        }
    }

    /** @return the root, or empty when the document is */
    static Optional<Node> compose(String yaml) throws SyntaxError {
        if (yaml.length() > MOST_CHARACTERS) {
            throw new SyntaxError(
                    1, "is longer than " + MOST_CHARACTERS + " characters", new IllegalArgumentException());
        }
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(MOST_CHARACTERS)
                .setMaxAliasesForCollections(10_000)
                .build();
        try {
            Parser parser = new ParserImpl(settings, new StreamReader(settings, yaml));
            return new Composer(settings, new ShallowParser(parser)).getSingleNode();
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            throw new SyntaxError(mark.map(Mark::getLine).orElse(0) + 1, text(e), e);
        } catch (ReaderException e) {
            throw new SyntaxError(lineOf(yaml, e.getPosition()), "has a character that YAML doesn't allow", e);
        } catch (YamlEngineException e) {
            throw new SyntaxError(1, "isn't YAML", e);
        }
    }

    private static String text(MarkedYamlEngineException e) {
        String problem = String.valueOf(e.getProblem());
        if (problem.startsWith("found undefined alias")) {
            return "no anchor has the name after *; put a text that begins with * in quotes";
        }
        if (problem.contains("tag handle")) {
            return "a tag handle isn't defined; put a text that begins with ! in quotes";
        }
        if (problem.equals("but found another document")) {
            return "a second document begins here; a state file is a single one";
        }
        return problem;
    }

    private static int lineOf(String yaml, int position) {
        int end = yaml.offsetByCodePoints(0, Math.min(position, yaml.codePointCount(0, yaml.length())));
        return 1 + (int) yaml.substring(0, end).chars().filter(c -> c == '\n').count();
    }

    /** Stops before the composer's recursion gets deep. */
    private static final class ShallowParser implements Parser {
        private final Parser parser;
        private int depth;

        ShallowParser(Parser parser) {
            this.parser = parser;
        }

        @Override
        public boolean checkEvent(Event.ID choice) {
            return parser.checkEvent(choice);
        }

        @Override
        public Event peekEvent() {
            return parser.peekEvent();
        }

        @Override
        public boolean hasNext() {
            return parser.hasNext();
        }

        @Override
        public Event next() {
            Event event = parser.next();
            switch (event.getEventId()) {
                case MappingStart, SequenceStart -> depth++;
                case MappingEnd, SequenceEnd -> depth--;
                case Alias, Comment, DocumentEnd, DocumentStart, Scalar, StreamEnd, StreamStart -> {}
            }
            if (depth > DEEPEST) {
                throw new TooDeep(event.getStartMark());
            }
            return event;
        }
    }

    private static final class TooDeep extends MarkedYamlEngineException {
        TooDeep(Optional<Mark> mark) {
            super("", mark, "is nested deeper than " + DEEPEST + " levels", mark);
        }
    }
}
