package org.smtpproxy.store;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.smtpproxy.tenancy.state.ReadResult;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.StateReader;
import org.smtpproxy.tenancy.state.StateWriter;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * A state as the maps and lists that the state file consists of, cut to what lies in one row. The keys are the file's
 * own and the file's reader and writer do the work, so what is added to the format is stored without further ado.
 */
final class Documents {
    private Documents() {}

    /**
     * @param settings all keys but those that have tables of their own
     * @param passwords by user name; empty where the file has none
     * @param providers by id, in their order
     * @param routes in their order, empty when the file has none
     */
    record Tenant(
            String id,
            Optional<String> name,
            Map<String, Object> settings,
            Map<String, String> passwords,
            Map<String, Provider> providers,
            List<Object> routes) {
        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("id", id);
            name.ifPresent(text -> map.put("name", text));
            map.putAll(settings);
            map.put(
                    "credentials",
                    passwords.entrySet().stream()
                            .map(entry -> Map.of("username", entry.getKey(), "password", entry.getValue()))
                            .toList());
            map.put(
                    "providers",
                    providers.values().stream().map(Provider::toMap).toList());
            if (!routes.isEmpty()) {
                map.put("routes", routes);
            }
            return map;
        }
    }

    /** @param grants of a shared one that isn't for everybody */
    record Provider(String id, String type, Optional<List<String>> grants, Map<String, Object> settings) {
        Map<String, Object> toMap() {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("id", id);
            map.put("type", type);
            grants.ifPresent(tenants -> map.put("tenants", tenants));
            map.putAll(settings);
            return map;
        }
    }

    record Whole(Map<String, Provider> shared, Map<String, Tenant> tenants) {
        State state() {
            String json = Json.text(Map.of(
                    "providers", shared.values().stream().map(Provider::toMap).toList(),
                    "tenants", tenants.values().stream().map(Tenant::toMap).toList()));
            return switch (new StateReader().readStored(json)) {
                case ReadResult.Read read -> read.state();
                case ReadResult.Invalid invalid ->
                    throw new IllegalStateException("the stored configuration can't be read: " + invalid.problems());
            };
        }
    }

    static Whole of(State state) {
        Map<String, Object> root = plain(new StateWriter().toYaml(state));
        Map<String, Provider> shared = new LinkedHashMap<>();
        objects(root, "providers").forEach(map -> shared.put(text(map, "id"), provider(map)));
        Map<String, Tenant> tenants = new LinkedHashMap<>();
        objects(root, "tenants").forEach(map -> tenants.put(text(map, "id"), tenant(map)));
        return new Whole(shared, tenants);
    }

    static Tenant tenant(Map<String, Object> map) {
        Map<String, Object> settings = new LinkedHashMap<>(map);
        Map<String, String> passwords = new LinkedHashMap<>();
        objects(map, "credentials")
                .forEach(credential ->
                        passwords.put(text(credential, "username"), (String) credential.getOrDefault("password", "")));
        Map<String, Provider> providers = new LinkedHashMap<>();
        objects(map, "providers").forEach(provider -> providers.put(text(provider, "id"), provider(provider)));
        List<Object> routes = list(map, "routes");
        settings.keySet().removeAll(List.of("id", "name", "credentials", "providers", "routes"));
        return new Tenant(
                text(map, "id"), Optional.ofNullable((String) map.get("name")), settings, passwords, providers, routes);
    }

    private static Provider provider(Map<String, Object> map) {
        Map<String, Object> settings = new LinkedHashMap<>(map);
        settings.keySet().removeAll(List.of("id", "type", "tenants"));
        Optional<List<String>> grants = Optional.of(list(map, "tenants").stream()
                        .map(String.class::cast)
                        .sorted()
                        .toList())
                .filter(tenants -> map.containsKey("tenants") && !tenants.contains("*"));
        return new Provider(text(map, "id"), (String) map.getOrDefault("type", ""), grants, settings);
    }

    /** As JSON has it, so that numbers compare equal to stored ones. */
    private static Map<String, Object> plain(String yaml) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(Integer.MAX_VALUE)
                .setMaxAliasesForCollections(Integer.MAX_VALUE)
                .build();
        return Json.object(Json.text(new Load(settings).loadFromString(yaml)));
    }

    @SuppressWarnings("unchecked") // the form is the state writer's, or was when it was stored
    private static List<Map<String, Object>> objects(Map<String, Object> map, String key) {
        return (List<Map<String, Object>>) map.getOrDefault(key, List.of());
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Map<String, Object> map, String key) {
        return (List<Object>) map.getOrDefault(key, List.of());
    }

    private static String text(Map<String, Object> map, String key) {
        Object value = map.get(key);
        if (value instanceof String text) {
            return text;
        }
        throw new IllegalStateException("the stored configuration has no text at " + key);
    }
}
