package org.smtpproxy.providers.capture;

import java.util.List;

import org.smtpproxy.provider.EspProvider;
import org.smtpproxy.provider.ProviderContext;
import org.smtpproxy.provider.ProviderFactory;
import org.smtpproxy.provider.ProviderSettings;
import org.smtpproxy.provider.Setting;
import org.smtpproxy.provider.SettingsSchema;

/** Makes accounts of type {@code capture}. */
public final class CaptureProviderFactory implements ProviderFactory {
    @Override
    public String type() {
        return "capture";
    }

    @Override
    public SettingsSchema schema() {
        return new SettingsSchema(List.of(
                Setting.withDefault(
                        "maxMessages",
                        Setting.Type.INTEGER,
                        10_000,
                        "Messages kept of each tenant; beyond that its oldest are dropped."),
                Setting.withDefault(
                        "maxBytes",
                        Setting.Type.INTEGER,
                        1 << 30,
                        "Octets on disk kept of each tenant; beyond that its oldest messages are dropped.")));
    }

    @Override
    public EspProvider create(ProviderSettings settings, ProviderContext context) {
        return new CaptureProvider(
                new CaptureFolder(context.folder()),
                context.account(),
                settings.integer("maxMessages"),
                settings.integer("maxBytes"));
    }
}
