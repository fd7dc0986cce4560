package org.smtpproxy.store;

import java.util.List;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.State;

/** @param version of the whole list; 0 when the tenant never had one */
public record StoredRoutes(TenantId tenant, List<State.Route> routes, long version) {
    public StoredRoutes {
        routes = List.copyOf(routes);
    }
}
