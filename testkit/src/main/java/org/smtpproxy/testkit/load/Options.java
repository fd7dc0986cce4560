package org.smtpproxy.testkit.load;

import java.util.HashMap;
import java.util.Map;

/** The options of a test tool's command line: <code>--name value</code>, or <code>--name</code> alone. */
public final class Options {
    private final Map<String, String> values = new HashMap<>();

    public Options(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            if (!arguments[i].startsWith("--")) {
                throw new IllegalArgumentException("not an option: " + arguments[i]);
            }
            boolean hasValue = i + 1 < arguments.length && !arguments[i + 1].startsWith("--");
            values.put(arguments[i], hasValue ? arguments[++i] : "");
        }
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    public String text(String name, String otherwise) {
        return values.getOrDefault(name, otherwise);
    }

    public int number(String name, int otherwise) {
        return values.containsKey(name) ? Integer.parseInt(text(name, "")) : otherwise;
    }
}
