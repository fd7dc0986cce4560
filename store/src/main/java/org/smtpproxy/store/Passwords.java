package org.smtpproxy.store;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;

/**
 * Finds for the passwords of a file what is to be stored: the hash that is there when the password still matches it.
 * Hashing is slow on purpose, so it is done ahead of the transaction, on all processors, and remembered.
 */
final class Passwords {
    private final SecretCodec codec;
    private final Map<Question, StoredSecret> answers = new ConcurrentHashMap<>();

    private record Question(
            String tenant, String username, @Nullable StoredSecret stored) {}

    Passwords(SecretCodec codec) {
        this.codec = codec;
    }

    void prepare(Collection<Documents.Tenant> given, Map<String, Documents.Tenant> stored) {
        given.parallelStream()
                .forEach(tenant -> tenant.passwords().entrySet().parallelStream()
                        .filter(entry -> !entry.getValue().equals(Masks.MASK))
                        .forEach(entry -> secret(
                                tenant.id(),
                                entry.getKey(),
                                entry.getValue(),
                                stored(stored, tenant, entry.getKey()))));
    }

    /** With what is to be stored in the place of passwords. */
    Documents.Tenant hashed(Documents.Tenant tenant, Optional<Documents.Tenant> before) {
        Map<String, String> secrets = new LinkedHashMap<>(tenant.passwords());
        secrets.replaceAll((username, password) -> secret(
                        tenant.id(),
                        username,
                        password,
                        before.map(old -> old.passwords().get(username)).flatMap(StoredSecret::parse))
                .text());
        return new Documents.Tenant(
                tenant.id(), tenant.name(), tenant.settings(), secrets, tenant.providers(), tenant.routes());
    }

    private StoredSecret secret(String tenant, String username, String password, Optional<StoredSecret> stored) {
        return StoredSecret.parse(password)
                .orElseGet(() -> answers.computeIfAbsent(
                        new Question(tenant, username, stored.orElse(null)), question -> hash(password, stored)));
    }

    private StoredSecret hash(String password, Optional<StoredSecret> stored) {
        return stored.filter(secret -> secret.kind() != StoredSecret.Kind.REFERENCE)
                .filter(secret -> codec.matches(password, secret))
                .orElseGet(() -> codec.hash(password));
    }

    private static Optional<StoredSecret> stored(
            Map<String, Documents.Tenant> stored, Documents.Tenant tenant, String username) {
        return Optional.ofNullable(stored.get(tenant.id()))
                .map(document -> document.passwords().get(username))
                .flatMap(StoredSecret::parse);
    }
}
