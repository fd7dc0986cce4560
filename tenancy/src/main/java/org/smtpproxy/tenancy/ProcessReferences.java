package org.smtpproxy.tenancy;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * References to this process's surroundings: <code>${env:NAME}</code> and <code>${file:PATH}</code>. One newline at the
 * end of a file is not part of the secret. What is wrong is said in terms of names and paths, never of contents.
 */
public final class ProcessReferences implements References {
    private static final Pattern FORM = Pattern.compile("\\$\\{([a-z]+):([^}]+)}");
    private static final int LONGEST_FILE = 65_536;

    private final Map<String, String> environment;

    /** @param environment {@code System.getenv()}, where nothing else is meant */
    public ProcessReferences(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    @Override
    public Resolution resolve(String reference) {
        Matcher form = FORM.matcher(reference);
        if (!form.matches()) {
            return new Resolution.Unresolved("must be ${env:NAME} or ${file:PATH}");
        }
        String target = form.group(2);
        return switch (form.group(1)) {
            case "env" -> variable(target);
            case "file" -> file(target);
            case "vault" -> new Resolution.Unresolved("${vault:…} is not supported in this version");
            default -> new Resolution.Unresolved("must be ${env:NAME} or ${file:PATH}");
        };
    }

    private Resolution variable(String name) {
        String value = environment.get(name);
        if (value == null) {
            return new Resolution.Unresolved("environment variable " + name + " is not set");
        }
        return value.isEmpty()
                ? new Resolution.Unresolved("environment variable " + name + " is empty")
                : new Resolution.Resolved(value);
    }

    private static Resolution file(String name) {
        try {
            Path path = Path.of(name);
            if (!Files.isRegularFile(path)) {
                return new Resolution.Unresolved("there is no file " + name);
            }
            if (Files.size(path) > LONGEST_FILE) {
                return new Resolution.Unresolved("file " + name + " is too long for a secret");
            }
            String value = withoutLastNewline(Files.readString(path));
            return value.isEmpty()
                    ? new Resolution.Unresolved("file " + name + " is empty")
                    : new Resolution.Resolved(value);
        } catch (CharacterCodingException e) {
            return new Resolution.Unresolved("file " + name + " is not UTF-8 text");
        } catch (IOException | InvalidPathException e) {
            return new Resolution.Unresolved("file " + name + " can't be read");
        }
    }

    private static String withoutLastNewline(String text) {
        if (text.endsWith("\r\n")) {
            return text.substring(0, text.length() - 2);
        }
        return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    }
}
