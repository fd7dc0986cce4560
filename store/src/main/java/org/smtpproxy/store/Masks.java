package org.smtpproxy.store;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;

/** Puts what is stored in the place of masked values: who got a file with stars in it and applies it means "keep". */
final class Masks {
    static final String MASK = "***";

    private final Consumer<String> missing;

    /** @param missing hears of masks that nothing is stored for, each as a text for the user */
    Masks(Consumer<String> missing) {
        this.missing = missing;
    }

    Documents.Tenant lift(Documents.Tenant given, Optional<Documents.Tenant> stored) {
        String where = "tenant " + given.id();
        Map<String, String> passwords = new LinkedHashMap<>(given.passwords());
        Map<String, String> before = stored.map(Documents.Tenant::passwords).orElse(Map.of());
        passwords.replaceAll((username, password) ->
                (String) value(password, before.get(username), where + ", credential " + username + ": password"));
        Map<String, Documents.Provider> providers = new LinkedHashMap<>(given.providers());
        providers.replaceAll((id, provider) ->
                lift(provider, stored.map(tenant -> tenant.providers().get(id)), where + ", "));
        Map<String, Object> settings =
                map(given.settings(), stored.map(Documents.Tenant::settings).orElse(Map.of()), where);
        return new Documents.Tenant(given.id(), given.name(), settings, passwords, providers, given.routes());
    }

    Documents.Provider lift(Documents.Provider given, Optional<Documents.Provider> stored, String where) {
        Map<String, Object> before = stored.map(Documents.Provider::settings).orElse(Map.of());
        return new Documents.Provider(
                given.id(),
                given.type(),
                given.grants(),
                map(given.settings(), before, where + "provider " + given.id()));
    }

    private Object value(Object given, @Nullable Object stored, String where) {
        return switch (given) {
            case String text
            when text.equals(MASK) -> {
                if (stored == null) {
                    missing.accept(where + " is masked, but there is none to keep: write it out");
                }
                yield stored == null ? given : stored;
            }
            case Map<?, ?> map -> map(map, stored instanceof Map<?, ?> before ? before : Map.of(), where);
            case List<?> list -> list(list, stored instanceof List<?> before ? before : List.of(), where);
            default -> given;
        };
    }

    private Map<String, Object> map(Map<?, ?> given, Map<?, ?> stored, String where) {
        Map<String, Object> lifted = new LinkedHashMap<>();
        given.forEach((key, value) -> lifted.put(
                (String) key, value(value, stored.get(key), where + (where.contains(": ") ? "." : ": ") + key)));
        return lifted;
    }

    private List<Object> list(List<?> given, List<?> stored, String where) {
        List<Object> lifted = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            lifted.add(value(given.get(i), i < stored.size() ? stored.get(i) : null, where + "[" + i + "]"));
        }
        return lifted;
    }
}
