package org.smtpproxy.provider;

/** Makes the accounts of one provider type. Found by {@link java.util.ServiceLoader}. */
public interface ProviderFactory {
    /** The version of this API; a plug-in built against another one is refused. */
    int API_VERSION = 1;

    /** The word behind {@code type:} in the configuration. */
    String type();

    /** The API version the implementation was compiled against. */
    default int apiVersion() {
        return API_VERSION;
    }

    /** The keys an account of this type may have. */
    SettingsSchema schema();

    /** Opens an account. Does not connect yet: a provider that is down must not stop the relay from starting. */
    EspProvider create(ProviderSettings settings, ProviderContext context);
}
