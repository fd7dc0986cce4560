package org.smtpproxy.tenancy;

import java.security.MessageDigest;
import java.util.Objects;

import org.smtpproxy.mail.Secret;
import org.smtpproxy.mail.TenantId;

/**
 * A credential of a tenant. Knows only a keyed digest of its password. Two logins are equal when tenant, user name and
 * password are: a session whose login isn't equal to the current one any more has lost its right.
 */
public final class Login {
    private final TenantId tenant;
    private final String username;
    private final PasswordDigests digests;
    private final byte[] digest;

    Login(TenantId tenant, String username, PasswordDigests digests, Secret password) {
        this.tenant = tenant;
        this.username = username;
        this.digests = digests;
        this.digest = digests.of(password);
    }

    public TenantId tenant() {
        return tenant;
    }

    public String username() {
        return username;
    }

    /** Takes the same time for any wrong password. For a name a client gave, {@link Snapshot#verify} is the way. */
    public boolean verify(Secret password) {
        return digests.matches(password, digest);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Login login
                && tenant.equals(login.tenant)
                && username.equals(login.username)
                && MessageDigest.isEqual(digest, login.digest);
    }

    @Override
    public int hashCode() {
        return Objects.hash(tenant, username);
    }

    @Override
    public String toString() {
        return username + " of " + tenant;
    }
}
