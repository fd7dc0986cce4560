package org.smtpproxy.relay.scripted;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.smtpproxy.provider.EspProvider;
import org.smtpproxy.provider.ProviderContext;
import org.smtpproxy.provider.ProviderFactory;
import org.smtpproxy.provider.ProviderSettings;
import org.smtpproxy.provider.Setting;
import org.smtpproxy.provider.SettingsSchema;

/** Provider accounts of type {@code scripted}, which answer as the test named by {@code script} says. */
public final class ScriptedFactory implements ProviderFactory {
    private static final Map<String, Script> SCRIPTS = new ConcurrentHashMap<>();

    static void register(String name, Script script) {
        SCRIPTS.put(name, script);
    }

    @Override
    public String type() {
        return "scripted";
    }

    @Override
    public SettingsSchema schema() {
        return new SettingsSchema(
                List.of(Setting.required("script", Setting.Type.STRING, "name of the test's script")));
    }

    @Override
    public EspProvider create(ProviderSettings settings, ProviderContext context) {
        return SCRIPTS.get(settings.string("script")).account(context.account());
    }
}
