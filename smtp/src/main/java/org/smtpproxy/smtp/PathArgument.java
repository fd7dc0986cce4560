package org.smtpproxy.smtp;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What stands behind {@code MAIL FROM:} and {@code RCPT TO:}: a path and its parameters. */
public record PathArgument(Path path, List<EsmtpParameter> parameters) {
    public PathArgument {
        parameters = List.copyOf(parameters);
    }

    /** How reading an argument ended. */
    public sealed interface Parsed {
        /** The grammar holds. */
        record Valid(PathArgument argument) implements Parsed {}

        /** The path breaks the grammar. */
        record BadPath() implements Parsed {}

        /** The path is fine, but a parameter breaks the grammar. */
        record BadParameter() implements Parsed {}
    }

    /**
     * Reads an argument. Spaces before the path are tolerated because many clients send one; everything else is held
     * to RFC 5321. Addresses beyond ASCII pass: only the caller knows whether SMTPUTF8 was given. Octets that weren't
     * UTF-8 (they come as U+FFFD) don't.
     */
    public static Parsed parse(String text) {
        PathParser parser = new PathParser(text.stripLeading());
        Path path = parser.path();
        if (path == null) {
            return new Parsed.BadPath();
        }
        String rest = parser.rest();
        if (!rest.isEmpty() && rest.charAt(0) != ' ') {
            return new Parsed.BadPath();
        }
        List<EsmtpParameter> parameters = new ArrayList<>(4);
        for (String word : rest.split(" +", -1)) {
            if (!word.isEmpty()) {
                var parameter = EsmtpParameter.parse(word);
                if (parameter.isEmpty()) {
                    return new Parsed.BadParameter();
                }
                parameters.add(parameter.get());
            }
        }
        return new Parsed.Valid(new PathArgument(path, parameters));
    }

    @Override
    public String toString() {
        return path + parameters.stream().map(p -> " " + p).collect(Collectors.joining());
    }
}
