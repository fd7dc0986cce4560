package org.smtpproxy.tenancy;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.regex.Pattern;

/**
 * An address range in CIDR form (RFC 4632). IPv4 and IPv6 are separate worlds: an IPv4-mapped address counts as IPv4,
 * and {@code ::/0} holds no IPv4 client.
 */
final class Network {
    /** By family, then address; of two that begin alike the wider one first. */
    static final Comparator<Network> ORDER = Comparator.<Network, byte[]>comparing(
                    network -> network.address, Network::compareAddresses)
            .thenComparingInt(network -> network.prefix);

    private static final Pattern IPV4 = Pattern.compile("(0|[1-9]\\d{0,2})(\\.(0|[1-9]\\d{0,2})){3}");
    private static final Pattern IPV6 = Pattern.compile("(?=.*:)[0-9A-Fa-f:.]+");
    private static final Pattern PREFIX = Pattern.compile("0|[1-9]\\d{0,2}");
    private static final int IPV4_BYTES = 4;
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};

    private final byte[] address;
    private final int prefix;

    private Network(byte[] address, int prefix) {
        this.address = address;
        this.prefix = prefix;
    }

    /** Reads {@code 192.0.2.0/24}, {@code 2001:db8::/32} or a single address. */
    static Network parse(String text) {
        int slash = text.indexOf('/');
        String host = slash < 0 ? text : text.substring(0, slash);
        if (!IPV4.matcher(host).matches() && !IPV6.matcher(host).matches()) {
            throw new IllegalArgumentException(form(text));
        }
        byte[] written = literal(host, text);
        int bits = slash < 0 ? written.length * Byte.SIZE : prefix(text.substring(slash + 1), text);
        boolean mappedAsIpv6 = host.indexOf(':') >= 0 && written.length == IPV4_BYTES;
        int prefix = mappedAsIpv6 && slash >= 0 ? bits - MAPPED.length * Byte.SIZE : bits;
        if (prefix < 0 || prefix > written.length * Byte.SIZE) {
            throw new IllegalArgumentException("has a prefix length that doesn't fit: " + text);
        }
        Network network = new Network(masked(written, prefix), prefix);
        if (!Arrays.equals(network.address, written)) {
            throw new IllegalArgumentException(text + " has bits behind its prefix; did you mean " + network + "?");
        }
        return network;
    }

    /** The network of this address alone. */
    static Network of(InetAddress client) {
        byte[] address = client.getAddress();
        boolean mapped =
                address.length > IPV4_BYTES && Arrays.equals(address, 0, MAPPED.length, MAPPED, 0, MAPPED.length);
        byte[] plain = mapped ? Arrays.copyOfRange(address, MAPPED.length, address.length) : address;
        return new Network(plain, plain.length * Byte.SIZE);
    }

    boolean contains(Network other) {
        return address.length == other.address.length
                && prefix <= other.prefix
                && Arrays.equals(address, masked(other.address, prefix));
    }

    private static byte[] literal(String host, String text) {
        try {
            // Without a colon or exactly four numbers this would be a DNS look-up's task; ofLiteral never makes one.
            return InetAddress.ofLiteral(host).getAddress();
        } catch (IllegalArgumentException notAnAddress) {
            throw new IllegalArgumentException(form(text), notAnAddress);
        }
    }

    private static int prefix(String digits, String text) {
        if (!PREFIX.matcher(digits).matches()) {
            throw new IllegalArgumentException(form(text));
        }
        return Integer.parseInt(digits);
    }

    private static String form(String text) {
        return "must be an address range such as 192.0.2.0/24 or 2001:db8::/32, not: " + text;
    }

    private static byte[] masked(byte[] address, int prefix) {
        byte[] masked = Arrays.copyOf(address, prefix / Byte.SIZE + (prefix % Byte.SIZE == 0 ? 0 : 1));
        if (prefix % Byte.SIZE != 0) {
            masked[masked.length - 1] &= (byte) (0xff << (Byte.SIZE - prefix % Byte.SIZE));
        }
        return Arrays.copyOf(masked, address.length);
    }

    private static int compareAddresses(byte[] one, byte[] other) {
        return one.length != other.length
                ? Integer.compare(one.length, other.length)
                : Arrays.compareUnsigned(one, other);
    }

    @Override
    public String toString() {
        try {
            return InetAddress.getByAddress(address).getHostAddress() + "/" + prefix;
        } catch (java.net.UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }
}
