package org.smtpproxy.tenancy;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.Place;
import org.smtpproxy.tenancy.state.Problems;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.Suggestion;
import org.smtpproxy.tenancy.state.Written;

/** Turns written provider accounts into definitions; what their settings may be, their types say. */
final class ProviderCompiler {
    /** Words of the format that a later version gives a meaning. */
    private static final Set<String> LATER_TYPES = Set.of("sendgrid", "ses", "mailgun");

    private static final Set<String> LATER_SETTINGS = Set.of("rate");

    private final ProviderTypes types;
    private final ReferenceReader references;
    private final Problems problems;

    ProviderCompiler(ProviderTypes types, ReferenceReader references, Problems problems) {
        this.types = types;
        this.references = references;
        this.problems = problems;
    }

    ReferenceReader references() {
        return references;
    }

    /** Empty when the id is no id; a definition with other faults is still one that routes may name. */
    Optional<ProviderDefinition> compile(State.Provider provider, Optional<TenantId> owner) {
        Optional<AccountId> id = id(provider, owner);
        Optional<String> type = type(provider);
        Map<String, Object> settings = new LinkedHashMap<>();
        Set<String> unresolved = new HashSet<>();
        provider.settings().forEach((key, written) -> {
            Optional<Object> value = references.value(written);
            // In place of a value that can't be had stands some text, so that the others can be checked.
            settings.put(key, value.orElse("unresolved"));
            if (value.isEmpty()) {
                unresolved.add(key);
            }
        });
        if (type.isPresent()) {
            reportUnknown(provider, type.get(), owner);
            Map<String, Object> known = new LinkedHashMap<>(settings);
            known.keySet().retainAll(types.keys(type.get()));
            types.check(type.get(), known).stream()
                    .filter(problem -> !unresolved.contains(problem.key()))
                    .forEach(problem -> problems.add(placeOf(problem, provider), problem.text()));
        }
        return id.map(account -> new ProviderDefinition(account, type.orElse(""), settings));
    }

    private Optional<AccountId> id(State.Provider provider, Optional<TenantId> owner) {
        try {
            return Optional.of(new AccountId(owner, provider.id().value()));
        } catch (IllegalArgumentException e) {
            problems.add(provider.id().place(), Compilation.text(e));
            return Optional.empty();
        }
    }

    private Optional<String> type(State.Provider provider) {
        if (provider.type().isEmpty()) {
            problems.add(provider.place().missing("type"), "is missing (there are " + names() + ")");
            return Optional.empty();
        }
        Written<String> type = provider.type().get();
        if (types.names().contains(type.value())) {
            return Optional.of(type.value());
        }
        problems.add(
                type.place(),
                type.value()
                        + (LATER_TYPES.contains(type.value())
                                ? " is not supported in this version"
                                : " is no type of provider" + Suggestion.near(type.value(), types.names()))
                        + " (there are " + names() + ")");
        return Optional.empty();
    }

    private String names() {
        return String.join(", ", types.names().stream().sorted().toList());
    }

    private void reportUnknown(State.Provider provider, String type, Optional<TenantId> owner) {
        Set<String> keys = types.keys(type);
        provider.settings().forEach((key, value) -> {
            if (keys.contains(key)) {
                return;
            }
            if (owner.isPresent() && key.equals("tenants")) {
                problems.add(value.place(), "only a shared provider has tenants");
            } else if (LATER_SETTINGS.contains(key)) {
                problems.add(value.place(), "is not supported in this version");
            } else {
                problems.add(value.place(), "unknown key for type " + type + Suggestion.near(key, keys));
            }
        });
    }

    private static Place placeOf(SettingProblem problem, State.Provider provider) {
        Written<Object> setting = provider.settings().get(problem.key());
        return setting == null ? provider.place().missing(problem.key()) : setting.place();
    }
}
