package org.smtpproxy.tenancy;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

import org.smtpproxy.mail.AccountId;

/**
 * A provider account to open. Equal definitions make equal accounts: one that is running goes on then, any other is
 * rebuilt. Prints its keys only, for any value may be a secret.
 *
 * @param settings what the type's schema found no fault with, references resolved, in the order of the file
 */
public record ProviderDefinition(AccountId id, String type, Map<String, Object> settings) {
    public ProviderDefinition {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    @Override
    public String toString() {
        return id + " (" + type + ", " + settings.keySet() + ")";
    }
}
