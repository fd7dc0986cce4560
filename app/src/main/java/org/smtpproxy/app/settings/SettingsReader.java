package org.smtpproxy.app.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.source.yaml.YamlConfigSource;
import org.jspecify.annotations.Nullable;
import org.smtpproxy.provider.ProviderSettings;
import org.smtpproxy.tenancy.state.Suggestion;

/** Reads the settings: flags win over {@code SMTP_PROXY_…} variables, these over the file, the file over defaults. */
public final class SettingsReader {
    private static final String VARIABLES = "SMTP_PROXY_";

    /** Variables that bin/smtp-proxy and the commands read. */
    private static final Set<String> SCRIPT_VARIABLES = Set.of(
            "SMTP_PROXY_HEAP", "SMTP_PROXY_JAVA_OPTS", "SMTP_PROXY_SERVER", "SMTP_PROXY_API_KEY", "SMTP_PROXY_DATA");

    private SettingsReader() {}

    /** All that is wrong with the settings, a line each. */
    public static final class InvalidSettingsException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidSettingsException(List<String> problems) {
            super(String.join(System.lineSeparator(), problems));
        }

        InvalidSettingsException(List<String> problems, Throwable cause) {
            super(String.join(System.lineSeparator(), problems), cause);
        }
    }

    /**
     * @param flags from the command line, by key without prefix
     * @param file the YAML file, if one was named
     * @param environment all variables of the process
     */
    public static Settings read(Map<String, String> flags, Optional<Path> file, Map<String, String> environment)
            throws InvalidSettingsException, IOException {
        SmallRyeConfigBuilder builder = new SmallRyeConfigBuilder()
                .withMapping(Settings.class)
                .withConverter(Duration.class, 200, SettingsReader::duration)
                .withConverter(Path.class, 200, SettingsReader::path)
                .withSources(new PropertiesConfigSource(prefixed(flags), "flags", 500))
                .withSources(new EnvConfigSource(ours(environment), 400));
        try {
            if (file.isPresent()) {
                Map<String, String> keys =
                        new YamlConfigSource(file.get().toString(), Files.readString(file.get())).getProperties();
                builder.withSources(
                        new PropertiesConfigSource(prefixed(keys), file.get().toString(), 300));
            }
            Settings settings = builder.build().getConfigMapping(Settings.class);
            List<String> problems = new SettingsCheck(settings).problems();
            unknown(environment.keySet()).forEach(problems::add);
            if (!problems.isEmpty()) {
                throw new InvalidSettingsException(problems);
            }
            return settings;
        } catch (ConfigValidationException invalid) {
            List<String> problems = new ArrayList<>();
            for (int i = 0; i < invalid.getProblemCount(); i++) {
                problems.add(invalid.getProblem(i).getMessage());
            }
            throw new InvalidSettingsException(problems, invalid);
        }
    }

    /** A variable that looks like ours but is none is a mistake that nobody would notice. */
    private static List<String> unknown(Set<String> variables) {
        Set<String> known = new TreeSet<>(SCRIPT_VARIABLES);
        ConfigMappings.getProperties(ConfigMappings.ConfigClass.configClass(Settings.class))
                .keySet()
                .forEach(key ->
                        known.add(key.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_')));
        return new TreeSet<>(variables)
                .stream()
                        .filter(name -> name.startsWith(VARIABLES) && !known.contains(name))
                        .map(name -> name + ": there is no such variable" + Suggestion.near(name, known))
                        .toList();
    }

    private static Map<String, String> prefixed(Map<String, String> keys) {
        Map<String, String> prefixed = new HashMap<>();
        keys.forEach((key, value) -> prefixed.put(Settings.PREFIX + "." + key, value));
        return prefixed;
    }

    private static Map<String, String> ours(Map<String, String> environment) {
        Map<String, String> ours = new HashMap<>(environment);
        ours.keySet().removeIf(name -> !name.startsWith(VARIABLES));
        return ours;
    }

    /** An absent value arrives as an empty text. */
    private static @Nullable Path path(String text) {
        return text.isEmpty() ? null : Path.of(text);
    }

    private static Duration duration(String text) {
        return ProviderSettings.readDuration(text)
                .orElseThrow(() -> new IllegalArgumentException(text + " is no duration such as 500ms, 30s or 5m"));
    }
}
