package org.smtpproxy.tenancy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.Secret;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.TrustedNetworks.Grant;
import org.smtpproxy.tenancy.state.Place;
import org.smtpproxy.tenancy.state.State;

import static org.assertj.core.api.Assertions.assertThat;

final class TrustedNetworksTest {
    private static final Snapshot SNAPSHOT = Compiled.snapshot("""
            tenants:
              - id: acme
                trustedNetworks: ["10.0.0.0/8", "10.1.0.0/16", "192.0.2.1", "2001:db8::/33"]
                providers: [{id: a, type: capture}]
              - id: other
                trustedNetworks: ["11.0.0.0/8", "2001:db8:8000::/33", "::/8"]
                providers: [{id: a, type: capture}]
            """);

    @Test
    void anAddressBelongsToTheTenantThatTrustsIt() {
        assertThat(trusted("10.0.0.0")).contains("acme");
        assertThat(trusted("10.1.2.3")).contains("acme");
        assertThat(trusted("10.255.255.255")).contains("acme");
        assertThat(trusted("11.0.0.0")).contains("other");
        assertThat(trusted("9.255.255.255")).isEmpty();
        assertThat(trusted("12.0.0.0")).isEmpty();
        assertThat(trusted("192.0.2.1")).contains("acme");
        assertThat(trusted("192.0.2.2")).isEmpty();
        assertThat(trusted("2001:db8:7fff::1")).contains("acme");
        assertThat(trusted("2001:db8:8000::1")).contains("other");
        assertThat(trusted("2001:db9::1")).isEmpty();
    }

    @Test
    void aMappedAddressIsTheIpv4ClientItStandsFor() throws UnknownHostException {
        byte[] mapped = new byte[16];
        Arrays.fill(mapped, 10, 12, (byte) 0xff);
        mapped[12] = 10;
        assertThat(SNAPSHOT.trusted(Inet6Address.getByAddress("mapped", mapped, 0)))
                .contains(new TenantId("acme"));
    }

    @Test
    void anIpv6RangeHoldsNoIpv4Client() {
        assertThat(trusted("::1")).contains("other");
        assertThat(trusted("0.0.0.1")).isEmpty();
    }

    /** A grant as it is drawn: 4 or 16 bytes out of few values, so that ranges meet. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Drawn(byte[] address, int prefix, int tenant) {
        Network network() {
            try {
                byte[] masked = address.clone();
                for (int bit = prefix; bit < masked.length * 8; bit++) {
                    masked[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
                }
                return Network.parse(InetAddress.getByAddress(masked).getHostAddress() + "/" + prefix);
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
        }

        boolean holds(byte[] other) {
            if (other.length != address.length) {
                return false;
            }
            for (int bit = 0; bit < prefix; bit++) {
                int mask = 0x80 >> (bit % 8);
                if ((address[bit / 8] & mask) != (other[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }

        boolean meets(Drawn other) {
            return prefix <= other.prefix ? holds(other.address) : other.holds(address);
        }
    }

    @Property(tries = 1000)
    void findsWhatASearchThroughAllRangesFinds(
            @ForAll @Size(max = 8) List<@From("drawn") Drawn> drawn, @ForAll("addresses") byte[] client)
            throws UnknownHostException {
        List<Grant> grants = new ArrayList<>();
        for (Drawn grant : drawn) {
            grants.add(new Grant(grant.network(), new TenantId("t" + grant.tenant), place()));
        }
        Set<Grant> overlaps = new HashSet<>();
        TrustedNetworks networks = TrustedNetworks.of(grants, (grant, wider) -> overlaps.add(grant));
        boolean meet = drawn.stream()
                .anyMatch(one -> drawn.stream().anyMatch(other -> one.tenant != other.tenant && one.meets(other)));
        assertThat(!overlaps.isEmpty()).isEqualTo(meet);
        if (!meet) {
            Optional<TenantId> expected = drawn.stream()
                    .filter(grant -> grant.holds(client))
                    .map(grant -> new TenantId("t" + grant.tenant))
                    .findFirst();
            assertThat(networks.tenantOf(InetAddress.getByAddress(client))).isEqualTo(expected);
        }
    }

    @Provide
    Arbitrary<Drawn> drawn() {
        return addresses()
                .flatMap(address -> Combinators.combine(
                                Arbitraries.integers().between(0, address.length * 8),
                                Arbitraries.integers().between(0, 1))
                        .as((prefix, tenant) -> new Drawn(address, prefix, tenant)));
    }

    @Provide
    Arbitrary<byte[]> addresses() {
        Arbitrary<Byte> bytes = Arbitraries.of((byte) 0, (byte) 1, (byte) 0x80, (byte) 0xff);
        Arbitrary<byte[]> ipv4 = bytes.array(byte[].class).ofSize(4);
        // The first byte keeps clear of the mapped range, which is IPv4.
        Arbitrary<byte[]> ipv6 = bytes.array(byte[].class).ofSize(15).map(tail -> {
            byte[] address = new byte[16];
            address[0] = 0x20;
            System.arraycopy(tail, 0, address, 1, 15);
            return address;
        });
        return Arbitraries.oneOf(ipv4, ipv6);
    }

    private static Place place() {
        return State.demo("u", new Secret("p")).tenants().getFirst().place();
    }

    private static Optional<String> trusted(String address) {
        return SNAPSHOT.trusted(InetAddress.ofLiteral(address)).map(TenantId::value);
    }
}
