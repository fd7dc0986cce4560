package org.smtpproxy.store;

import org.smtpproxy.tenancy.state.ReadResult;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.StateReader;

/** Records of the configuration from YAML, as tests like to write them. */
final class States {
    private States() {}

    static State of(String yaml) {
        return ((ReadResult.Read) new StateReader().read(yaml, "test")).state();
    }

    static State.Tenant tenant(String yaml) {
        return of("tenants: [" + yaml + "]").tenants().getFirst();
    }

    static State.Provider provider(String yaml) {
        return of("providers: [" + yaml + "]").providers().getFirst();
    }
}
