package org.smtpproxy.app.settings;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;

/** What types can't tell about settings: ranges, and what belongs together. Each problem names its key and the fix. */
final class SettingsCheck {
    /** More attempts at once than the spool has places for couldn't be noted down. */
    private static final int MOST_DELIVERIES = 4_000;

    private final Settings settings;
    private final List<String> problems = new ArrayList<>();

    SettingsCheck(Settings settings) {
        this.settings = settings;
    }

    /** All of them; none if the settings can be used. */
    List<String> problems() {
        range("smtp-port", settings.smtpPort(), 0, 65_535);
        range("smtps-port", settings.smtpsPort(), 0, 65_535);
        range("http-port", settings.httpPort(), 0, 65_535);
        bind();
        if (settings.tls().certificate().isPresent() != settings.tls().key().isPresent()) {
            problems.add("tls.certificate and tls.key go together: set both, or none for the self-signed certificate");
        }
        range("sessions.most", settings.sessions().most(), 1, 100_000);
        range("sessions.most-per-address", settings.sessions().mostPerAddress(), 1, 100_000);
        range("sessions.least-bytes-per-second", settings.sessions().leastBytesPerSecond(), 0, Integer.MAX_VALUE);
        range("deliveries.most", settings.deliveries().most(), 1, MOST_DELIVERIES);
        range(
                "deliveries.fewest",
                settings.deliveries().fewest(),
                1,
                settings.deliveries().most());
        range("deliveries.provider-share", settings.deliveries().providerShare(), 1, 100);
        range("spool.content-memory", settings.spool().contentMemory(), 0, 65_536);
        range("spool.minimum-free", settings.spool().minimumFree(), 0, Integer.MAX_VALUE);
        return problems;
    }

    private void bind() {
        try {
            InetAddress.getByName(settings.bind());
        } catch (UnknownHostException unknown) {
            problems.add("bind: " + settings.bind() + " is no address of this machine, such as 127.0.0.1 or 0.0.0.0");
        }
    }

    private void range(String key, int value, int least, int most) {
        if (value < least || value > most) {
            problems.add(key + " is " + value + ", but has to be from " + least
                    + (most == Integer.MAX_VALUE ? " up" : " to " + most));
        }
    }
}
