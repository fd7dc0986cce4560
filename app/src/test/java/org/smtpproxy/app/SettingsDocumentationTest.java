package org.smtpproxy.app;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import io.smallrye.config.ConfigMappings;
import org.junit.jupiter.api.Test;
import org.smtpproxy.app.settings.Settings;
import org.smtpproxy.app.settings.SettingsReader;

import static org.assertj.core.api.Assertions.assertThat;

/** docs/settings.md lists every key with its default, and nothing else. */
class SettingsDocumentationTest {
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([a-z.-]+)` \\| (`([^`]*)`|[^|]*?) \\|");

    @Test
    void everyKeyIsDocumentedWithItsDefault() throws Exception {
        Map<String, String> documented = new TreeMap<>();
        Pattern.compile(ROW.pattern())
                .matcher(Files.readString(Path.of("../docs/settings.md")))
                .results()
                .forEach(row -> documented.put(row.group(1), defaultOf(row)));
        Map<String, String> known = new TreeMap<>();
        ConfigMappings.getProperties(ConfigMappings.ConfigClass.configClass(Settings.class))
                .forEach((name, property) -> known.put(
                        name.substring(Settings.PREFIX.length() + 1),
                        property.hasDefaultValue() ? property.getDefaultValue() : ""));
        assertThat(documented).isEqualTo(known);
    }

    @Test
    void defaultsAreValid() throws Exception {
        Settings settings = SettingsReader.read(Map.of(), Optional.empty(), Map.of());
        assertThat(settings.smtpPort()).isEqualTo(2525);
        assertThat(settings.deliveries().most()).isEqualTo(100);
    }

    private static String defaultOf(MatchResult row) {
        return row.group(3) == null ? "" : row.group(3);
    }
}
