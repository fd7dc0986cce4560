package org.smtpproxy.tenancy;

import java.util.List;

import org.smtpproxy.mail.TenantId;

/**
 * One tenant's configuration, checked and complete.
 *
 * @param normalizeBareNewlines whether a bare CR or LF in content becomes CRLF instead of being refused
 * @param routes in the order in which they are tried
 */
public record TenantSnapshot(
        TenantId id,
        String name,
        Limits limits,
        SenderPolicy senders,
        RetryPolicy retry,
        boolean normalizeBareNewlines,
        List<Route> routes) {
    public TenantSnapshot {
        routes = List.copyOf(routes);
    }
}
