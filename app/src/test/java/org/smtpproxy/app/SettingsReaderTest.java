package org.smtpproxy.app;

import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.smtpproxy.app.settings.SettingsReader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SettingsReaderTest {
    @Test
    void tellsOfAllSettingsThatAreOutOfRangeAtOnce() {
        Map<String, String> flags =
                Map.of("smtp-port", "70000", "bind", "no.such.address.invalid", "sessions.most", "0");
        assertThatThrownBy(() -> SettingsReader.read(flags, Optional.empty(), Map.of()))
                .hasMessageContaining("smtp-port is 70000, but has to be from 0 to 65535")
                .hasMessageContaining("bind: no.such.address.invalid is no address of this machine")
                .hasMessageContaining("sessions.most is 0, but has to be from 1");
    }

    @Test
    void aCertificateWithoutItsKeyIsNotPassedOver() {
        Map<String, String> environment = Map.of("SMTP_PROXY_TLS_CERTIFICATE", "/etc/mail.pem");
        assertThatThrownBy(() -> SettingsReader.read(Map.of(), Optional.empty(), environment))
                .hasMessageContaining("tls.certificate and tls.key go together");
    }

    @Test
    void aMistypedVariableIsNotPassedOver() {
        assertThatThrownBy(() -> SettingsReader.read(Map.of(), Optional.empty(), Map.of("SMTP_PROXY_SMPT_PORT", "1")))
                .hasMessageContaining(
                        "SMTP_PROXY_SMPT_PORT: there is no such variable; did you mean SMTP_PROXY_SMTP_PORT?");
    }

    @Test
    void variablesSetNestedKeys() throws Exception {
        Map<String, String> environment =
                Map.of("SMTP_PROXY_DELIVERIES_MOST", "7", "SMTP_PROXY_DELIVERIES_FEWEST", "2", "PATH", "/bin");
        assertThat(SettingsReader.read(Map.of(), Optional.empty(), environment)
                        .deliveries()
                        .most())
                .isEqualTo(7);
    }
}
