package org.smtpproxy.store;

import java.util.Optional;

import org.smtpproxy.mail.Secret;

/**
 * How to reach the database. The application's roles are called after the owner, {@code <owner>_runtime} and {@code
 * <owner>_platform}: several installations can share a server when their owners differ.
 *
 * @param url of PostgreSQL 15 or newer, embedded or not
 * @param replicaUrl of a streaming replica for lists and searches
 * @param owner may create tables, and the two roles if they aren't there
 * @param runtimePassword of the two roles, the same on all nodes: derive it from the master key
 * @param masterKeyFingerprint what the first node writes down and all others must have
 * @param connections the most that are open to a server for either role
 */
public record DatabaseSettings(
        String url,
        Optional<String> replicaUrl,
        Login owner,
        Secret runtimePassword,
        String masterKeyFingerprint,
        int connections) {
    private static final int FEWEST_CONNECTIONS = 2;

    public record Login(String user, Secret password) {}

    public DatabaseSettings {
        if (connections < FEWEST_CONNECTIONS) {
            throw new IllegalArgumentException("the database needs at least 2 connections");
        }
        if (!owner.user().matches("[a-z_][a-z0-9_]{0,50}")) {
            throw new IllegalArgumentException("the owner of the database is 1 to 51 characters of a-z, 0-9 and '_'");
        }
    }

    /** Works for one tenant at a time. */
    Login runtime() {
        return new Login(owner.user() + "_runtime", runtimePassword);
    }

    /** Works for the operator, on all tenants. */
    Login platform() {
        return new Login(owner.user() + "_platform", runtimePassword);
    }
}
