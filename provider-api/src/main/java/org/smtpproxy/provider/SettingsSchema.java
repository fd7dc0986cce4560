package org.smtpproxy.provider;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The keys of one provider type, from which the state file, the API and the console validate.
 *
 * @param rule what can't be said key by key: looks at complete, well-formed settings and names what is wrong
 */
public record SettingsSchema(List<Setting> settings, Function<ProviderSettings, List<Problem>> rule) {
    private static final Pattern HEADER_NAME = Pattern.compile("[!-9;-~]+");

    public SettingsSchema {
        settings = List.copyOf(settings);
    }

    public SettingsSchema(List<Setting> settings) {
        this(settings, complete -> List.of());
    }

    /** What is wrong with one key, in words that name the fix. */
    public record Problem(String key, String text) {}

    /**
     * Everything that is wrong with {@code values} except unknown keys, which the reader of the file knows best how to
     * report. Values are strings, whole numbers, booleans and maps of strings, as YAML and JSON have them.
     */
    public List<Problem> check(Map<String, Object> values) {
        List<Problem> problems = new ArrayList<>();
        for (Setting setting : settings) {
            Object value = values.get(setting.name());
            if (value == null) {
                if (setting.required()) {
                    problems.add(new Problem(setting.name(), "is missing: " + setting.description()));
                }
            } else {
                wrongWith(setting, value).ifPresent(text -> problems.add(new Problem(setting.name(), text)));
            }
        }
        if (problems.isEmpty()) {
            problems.addAll(rule.apply(complete(values)));
        }
        return problems;
    }

    /** The settings with defaults filled in; call only with values that {@link #check} found no fault with. */
    public ProviderSettings complete(Map<String, Object> values) {
        Map<String, Object> complete = new LinkedHashMap<>();
        for (Setting setting : settings) {
            Object value = values.containsKey(setting.name())
                    ? values.get(setting.name())
                    : setting.fallback().orElse(null);
            if (value != null) {
                complete.put(setting.name(), value);
            }
        }
        return new ProviderSettings(complete);
    }

    private static Optional<String> wrongWith(Setting setting, Object value) {
        return switch (setting.type()) {
            case STRING, SECRET ->
                value instanceof String text && !text.isEmpty()
                        ? Optional.empty()
                        : Optional.of("must be a text; put a number or a yes/no word in quotes");
            case INTEGER ->
                value instanceof Number number && number.intValue() > 0 && number.doubleValue() == number.intValue()
                        ? Optional.empty()
                        : Optional.of("must be a positive whole number");
            case BOOLEAN -> value instanceof Boolean ? Optional.empty() : Optional.of("must be true or false");
            case DURATION ->
                value instanceof String text
                                && ProviderSettings.readDuration(text).isPresent()
                        ? Optional.empty()
                        : Optional.of("must be a duration such as 500ms, 30s, 5m or 48h");
            case CHOICE ->
                value instanceof String text && setting.choices().contains(text)
                        ? Optional.empty()
                        : Optional.of("must be one of " + String.join(", ", setting.choices()));
            case FILE ->
                value instanceof String text && Files.isReadable(Path.of(text))
                        ? Optional.empty()
                        : Optional.of("must be the path of a file that this process can read");
            case HEADERS -> wrongHeaders(value);
        };
    }

    private static Optional<String> wrongHeaders(Object value) {
        if (!(value instanceof Map<?, ?> headers)) {
            return Optional.of("must map header names to texts");
        }
        for (Map.Entry<?, ?> header : headers.entrySet()) {
            boolean nameFits = header.getKey() instanceof String name
                    && HEADER_NAME.matcher(name).matches();
            boolean valueFits = header.getValue() instanceof String text
                    && text.chars().allMatch(c -> c >= ' ' && c < 0x7f)
                    && text.length() <= 900;
            if (!nameFits || !valueFits) {
                return Optional.of("header " + header.getKey()
                        + " must have a name without spaces or colon and a printable ASCII text of at most 900"
                        + " characters");
            }
        }
        return Optional.empty();
    }
}
