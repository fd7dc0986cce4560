package org.smtpproxy.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.store.Difference.Kind;
import org.smtpproxy.store.Difference.Resource;

/** What differs between the configuration that is and the one that shall be: for people to read, and as rows to write. */
final class StateDifference {
    private final Documents.Whole before;
    private final Documents.Whole after;

    private final List<Difference> list = new ArrayList<>();
    private final Set<String> touchedTenants = new LinkedHashSet<>();
    private final Set<String> touchedShared = new LinkedHashSet<>();
    private final List<Documents.Provider> putShared = new ArrayList<>();
    private final List<String> removedShared = new ArrayList<>();
    private final List<Documents.Tenant> putTenants = new ArrayList<>();
    private final List<String> removedTenants = new ArrayList<>();
    private final List<ConfigurationWriter.Credential> addedCredentials = new ArrayList<>();
    private final List<ConfigurationWriter.Credential> changedSecrets = new ArrayList<>();
    private final List<ConfigurationWriter.Key> removedCredentials = new ArrayList<>();
    private final List<ConfigurationWriter.Provider> putProviders = new ArrayList<>();
    private final List<ConfigurationWriter.Key> removedProviders = new ArrayList<>();
    private final Map<String, List<Object>> putRoutes = new LinkedHashMap<>();

    StateDifference(Documents.Whole before, Documents.Whole after) {
        this.before = before;
        this.after = after;
    }

    /**
     * @param notNamed tenants that shall go
     * @param deleted tenants that are there but marked as deleted: naming one brings it back
     */
    void compare(Collection<String> notNamed, Set<String> deleted) {
        after.shared().forEach(this::compareShared);
        before.shared().keySet().stream()
                .filter(id -> !after.shared().containsKey(id))
                .forEach(id -> {
                    removedShared.add(id);
                    note(Kind.REMOVED, Resource.PROVIDER, "", id, List.of());
                });
        after.tenants()
                .forEach((id, tenant) -> compareTenant(
                        tenant, Optional.ofNullable(before.tenants().get(id)), deleted.contains(id)));
        notNamed.forEach(id -> {
            removedTenants.add(id);
            note(Kind.REMOVED, Resource.TENANT, id, id, List.of());
        });
    }

    private void compareShared(String id, Documents.Provider now) {
        Documents.Provider old = before.shared().get(id);
        if (!now.equals(old)) {
            putShared.add(now);
            noteProvider("", id, old, now);
        }
    }

    private void compareTenant(Documents.Tenant now, Optional<Documents.Tenant> known, boolean deleted) {
        Documents.Tenant old =
                known.orElse(new Documents.Tenant(now.id(), Optional.empty(), Map.of(), Map.of(), Map.of(), List.of()));
        Set<String> keys = differing(now.settings(), old.settings());
        if (!now.name().equals(old.name())) {
            keys.add("name");
        }
        if (known.isEmpty() || deleted || !keys.isEmpty()) {
            putTenants.add(now);
            boolean added = known.isEmpty() || deleted;
            note(added ? Kind.ADDED : Kind.CHANGED, Resource.TENANT, now.id(), now.id(), added ? List.of() : keys);
        }
        compareCredentials(now, old);
        compareProviders(now, old);
        if (!now.routes().equals(old.routes())) {
            putRoutes.put(now.id(), now.routes());
            Kind kind = old.routes().isEmpty() ? Kind.ADDED : now.routes().isEmpty() ? Kind.REMOVED : Kind.CHANGED;
            note(kind, Resource.ROUTES, now.id(), "routes", List.of());
        }
    }

    private void compareCredentials(Documents.Tenant now, Documents.Tenant old) {
        now.passwords().forEach((username, secret) -> {
            String before = old.passwords().get(username);
            if (before == null) {
                addedCredentials.add(credential(now.id(), username, secret));
                note(Kind.ADDED, Resource.CREDENTIAL, now.id(), username, List.of());
            } else if (!before.equals(secret)) {
                changedSecrets.add(credential(now.id(), username, secret));
                note(Kind.CHANGED, Resource.CREDENTIAL, now.id(), username, List.of("password"));
            }
        });
        old.passwords().keySet().stream()
                .filter(username -> !now.passwords().containsKey(username))
                .forEach(username -> {
                    removedCredentials.add(new ConfigurationWriter.Key(now.id(), username));
                    note(Kind.REMOVED, Resource.CREDENTIAL, now.id(), username, List.of());
                });
    }

    private void compareProviders(Documents.Tenant now, Documents.Tenant old) {
        List<String> order = List.copyOf(old.providers().keySet());
        int position = 0;
        for (Documents.Provider provider : now.providers().values()) {
            Documents.Provider before = old.providers().get(provider.id());
            boolean moved = before != null && order.indexOf(provider.id()) != position;
            if (!provider.equals(before) || moved) {
                putProviders.add(new ConfigurationWriter.Provider(now.id(), position, provider));
                noteProvider(now.id(), provider.id(), before, provider);
            }
            position++;
        }
        order.stream().filter(id -> !now.providers().containsKey(id)).forEach(id -> {
            removedProviders.add(new ConfigurationWriter.Key(now.id(), id));
            note(Kind.REMOVED, Resource.PROVIDER, now.id(), id, List.of());
        });
    }

    private void noteProvider(String tenant, String id, Documents.@Nullable Provider old, Documents.Provider now) {
        if (old == null) {
            note(Kind.ADDED, Resource.PROVIDER, tenant, id, List.of());
            return;
        }
        Set<String> keys = differing(now.settings(), old.settings());
        if (!now.type().equals(old.type())) {
            keys.add("type");
        }
        if (!now.grants().equals(old.grants())) {
            keys.add("tenants");
        }
        note(Kind.CHANGED, Resource.PROVIDER, tenant, id, keys.isEmpty() ? Set.of("order") : keys);
    }

    /** @param tenant empty for a shared provider */
    private void note(Kind kind, Resource resource, String tenant, String id, Collection<String> keys) {
        if (tenant.isEmpty()) {
            touchedShared.add(id);
        } else {
            touchedTenants.add(tenant);
        }
        Optional<TenantId> owner = tenant.isEmpty() ? Optional.empty() : Optional.of(new TenantId(tenant));
        list.add(new Difference(kind, resource, owner, id, List.copyOf(keys)));
    }

    private static Set<String> differing(Map<String, Object> now, Map<String, Object> old) {
        Set<String> keys = new TreeSet<>(now.keySet());
        keys.addAll(old.keySet());
        keys.removeIf(key -> Objects.equals(now.get(key), old.get(key)));
        return keys;
    }

    private static ConfigurationWriter.Credential credential(String tenant, String username, String secret) {
        return new ConfigurationWriter.Credential(
                tenant, username, StoredSecret.parse(secret).orElseThrow());
    }

    List<Difference> list() {
        return list;
    }

    Set<String> touchedTenants() {
        return touchedTenants;
    }

    Set<String> touchedShared() {
        return touchedShared;
    }

    List<Documents.Provider> putShared() {
        return putShared;
    }

    List<String> removedShared() {
        return removedShared;
    }

    List<Documents.Tenant> putTenants() {
        return putTenants;
    }

    List<String> removedTenants() {
        return removedTenants;
    }

    List<ConfigurationWriter.Credential> addedCredentials() {
        return addedCredentials;
    }

    List<ConfigurationWriter.Credential> changedSecrets() {
        return changedSecrets;
    }

    List<ConfigurationWriter.Key> removedCredentials() {
        return removedCredentials;
    }

    List<ConfigurationWriter.Provider> putProviders() {
        return putProviders;
    }

    List<ConfigurationWriter.Key> removedProviders() {
        return removedProviders;
    }

    Map<String, List<Object>> putRoutes() {
        return putRoutes;
    }
}
