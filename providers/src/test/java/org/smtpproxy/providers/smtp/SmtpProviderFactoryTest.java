package org.smtpproxy.providers.smtp;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.smtpproxy.provider.ProviderFactory;
import org.smtpproxy.provider.SettingsSchema;
import org.smtpproxy.provider.SettingsSchema.Problem;

import static org.assertj.core.api.Assertions.assertThat;

class SmtpProviderFactoryTest {
    private final SettingsSchema schema = new SmtpProviderFactory().schema();

    @Test
    void bothTypesAreFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(ProviderFactory.class))
                .extracting(ProviderFactory::type)
                .containsExactlyInAnyOrder("smtp", "capture");
    }

    /** Operators rely on these: change one and say so in the change log. */
    @Test
    void keysAndDefaults() {
        Map<String, Object> defaults = schema.settings().stream()
                .collect(Collectors.toMap(
                        setting -> setting.name(),
                        setting -> setting.required()
                                ? "required"
                                : setting.fallback().orElse("none")));

        assertThat(defaults)
                .isEqualTo(Map.ofEntries(
                        Map.entry("host", "required"),
                        Map.entry("port", "none"),
                        Map.entry("tls", "none"),
                        Map.entry("caFile", "none"),
                        Map.entry("username", "none"),
                        Map.entry("password", "none"),
                        Map.entry("maxConnections", 20),
                        Map.entry("maxMessagesPerConnection", 100),
                        Map.entry("idleTimeout", "30s"),
                        Map.entry("connectTimeout", "10s"),
                        Map.entry("commandTimeout", "30s"),
                        Map.entry("headers", "none")));
    }

    @Test
    void saysWhatIsWrong(@TempDir Path folder) throws IOException {
        String notPem = Files.writeString(folder.resolve("not.pem"), "hello").toString();

        assertThat(problems("host", "a b")).containsExactly("host");
        assertThat(problems("host", "mail.example:25", "port", 70_000)).containsExactly("host", "port");
        assertThat(problems("host", "h", "username", "u")).containsExactly("password");
        assertThat(problems("host", "h", "password", "p")).containsExactly("username");
        assertThat(problems("host", "h", "tls", "required", "caFile", notPem)).containsExactly("caFile");
        assertThat(problems("host", "h", "tls", "sometimes")).containsExactly("tls");
        assertThat(problems("host", "2001:db8::1", "username", "u", "password", "p"))
                .isEmpty();
    }

    @Test
    void aCaFileThatWouldHaveNoEffectIsWrong(@TempDir Path folder) throws Exception {
        String caFile = new TestCertificates().caFile(folder);

        assertThat(problems("host", "h", "caFile", caFile)).containsExactly("caFile");
        assertThat(problems("host", "h", "caFile", caFile, "username", "u", "password", "p"))
                .isEmpty();
        assertThat(problems("host", "h", "caFile", caFile, "tls", "implicit")).isEmpty();
        assertThat(problems("host", "h", "caFile", caFile, "tls", "opportunistic", "username", "u", "password", "p"))
                .isEmpty();
        assertThat(problems("host", "h", "caFile", caFile, "tls", "none", "username", "u", "password", "p"))
                .containsExactly("caFile");
    }

    private List<String> problems(Object... settings) {
        Map<String, Object> values = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            values.put((String) settings[i], settings[i + 1]);
        }
        return schema.check(values).stream().map(Problem::key).toList();
    }
}
