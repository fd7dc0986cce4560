package org.smtpproxy.tenancy.state;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;

/** Writes a state as YAML that reads as an equal one. Passwords written in it are in the text: it is for encryption. */
public final class StateWriter {

    public String toYaml(State state) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setSplitLines(false)
                .setUseUnicodeEncoding(false) // escapes what plain scalars would lose, such as U+FEFF
                .setDereferenceAliases(true)
                .build();
        Map<String, Object> root = new LinkedHashMap<>();
        root.put(
                "providers",
                state.providers().stream().map(StateWriter::provider).toList());
        root.put("tenants", state.tenants().stream().map(StateWriter::tenant).toList());
        return new Dump(settings).dumpToString(root);
    }

    private static Map<String, Object> provider(State.Provider provider) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", provider.id().value());
        put(map, "type", provider.type());
        provider.tenants().ifPresent(tenants -> map.put("tenants", texts(tenants.value())));
        provider.settings().forEach((key, value) -> map.put(key, plain(value)));
        return map;
    }

    private static Map<String, Object> tenant(State.Tenant tenant) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("id", tenant.id().value());
        put(map, "name", tenant.name());
        tenant.limits().ifPresent(limits -> map.put("limits", limits(limits)));
        map.put(
                "credentials",
                tenant.credentials().stream().map(StateWriter::credential).toList());
        tenant.trustedNetworks().ifPresent(networks -> map.put("trustedNetworks", texts(networks)));
        tenant.senders().ifPresent(senders -> map.put("senders", texts(senders.value())));
        map.put(
                "providers",
                tenant.providers().stream().map(StateWriter::provider).toList());
        tenant.retry().ifPresent(retry -> map.put("retry", retry(retry)));
        put(map, "bareNewlines", tenant.bareNewlines());
        tenant.routes()
                .ifPresent(routes -> map.put(
                        "routes", routes.stream().map(StateWriter::route).toList()));
        return map;
    }

    private static Map<String, Object> limits(State.Limits limits) {
        Map<String, Object> map = new LinkedHashMap<>();
        put(map, "maxMessageBytes", limits.maxMessageBytes());
        put(map, "maxRecipients", limits.maxRecipients());
        return map;
    }

    private static Map<String, Object> credential(State.Credential credential) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("username", credential.username().value());
        put(map, "password", credential.password());
        return map;
    }

    private static Map<String, Object> retry(State.Retry retry) {
        Map<String, Object> map = backoff(retry.base());
        put(map, "maxAttempts", retry.maxAttempts());
        put(map, "lifetime", retry.lifetime());
        if (!retry.on().isEmpty()) {
            Map<String, Object> on = new LinkedHashMap<>();
            retry.on().forEach((type, backoff) -> on.put(type, backoff(backoff)));
            map.put("on", on);
        }
        return map;
    }

    private static Map<String, Object> backoff(State.Backoff backoff) {
        Map<String, Object> map = new LinkedHashMap<>();
        put(map, "initial", backoff.initial());
        put(map, "factor", backoff.factor());
        put(map, "jitter", backoff.jitter());
        put(map, "max", backoff.max());
        return map;
    }

    private static Map<String, Object> route(State.Route route) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", route.name().value());
        map.put("to", texts(route.to().value()));
        return map;
    }

    private static <T> void put(Map<String, Object> map, String key, Optional<Written<T>> value) {
        value.ifPresent(written -> map.put(key, written.value()));
    }

    private static List<String> texts(List<Written<String>> written) {
        return written.stream().map(Written::value).toList();
    }

    private static Object plain(Written<?> written) {
        return switch (written.value()) {
            case List<?> elements ->
                elements.stream().map(element -> plain((Written<?>) element)).toList();
            case Map<?, ?> entries -> {
                Map<Object, Object> map = new LinkedHashMap<>();
                entries.forEach((key, value) -> map.put(key, plain((Written<?>) value)));
                yield map;
            }
            case Object scalar -> scalar;
        };
    }
}
