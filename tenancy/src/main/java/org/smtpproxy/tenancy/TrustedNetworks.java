package org.smtpproxy.tenancy;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.Place;

/**
 * Which tenant an address submits as. Two ranges are nested or apart, never crossed; once those inside another one of
 * the same tenant are left out and no two tenants share an address, all are apart, and a binary search finds the one.
 */
final class TrustedNetworks {
    private final List<Network> networks;
    private final List<TenantId> tenants;

    private TrustedNetworks(List<Network> networks, List<TenantId> tenants) {
        this.networks = networks;
        this.tenants = tenants;
    }

    /** One line of a tenant's {@code trustedNetworks}. */
    record Grant(Network network, TenantId tenant, Place place) {}

    /** @param overlap told of each grant that shares addresses with an earlier or wider one of another tenant */
    static TrustedNetworks of(List<Grant> grants, BiConsumer<Grant, Grant> overlap) {
        List<Grant> sorted = new ArrayList<>(grants);
        sorted.sort(Comparator.comparing(Grant::network, Network.ORDER));
        List<Grant> apart = new ArrayList<>();
        for (Grant grant : sorted) {
            if (apart.isEmpty() || !apart.getLast().network.contains(grant.network)) {
                apart.add(grant);
            } else if (!apart.getLast().tenant.equals(grant.tenant)) {
                overlap.accept(grant, apart.getLast());
            }
        }
        return new TrustedNetworks(
                apart.stream().map(Grant::network).toList(),
                apart.stream().map(Grant::tenant).toList());
    }

    Optional<TenantId> tenantOf(InetAddress client) {
        Network address = Network.of(client);
        int found = Collections.binarySearch(networks, address, Network.ORDER);
        int index = found >= 0 ? found : -found - 2;
        return index >= 0 && networks.get(index).contains(address) ? Optional.of(tenants.get(index)) : Optional.empty();
    }
}
