package org.smtpproxy.tenancy.state;

/**
 * One thing that is wrong with a configuration, in words that name the fix and no secret.
 *
 * @param line counted from 1; 0 for a value that an earlier configuration brought, not the file at hand
 * @param path the way to the value, such as {@code tenants[0].routes[1].to[0]}
 */
public record Problem(int line, String path, String text) {
    @Override
    public String toString() {
        return (line > 0 ? "line " + line + ": " : "") + path + ": " + text;
    }
}
