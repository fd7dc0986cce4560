package org.smtpproxy.tenancy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import org.smtpproxy.mail.Domain;

/**
 * The domains a tenant may send from. Written {@code acme.example} for the domain alone and {@code *.acme.example} for
 * everything below it.
 *
 * @param any no restriction; both sets are empty then
 * @param domains allowed themselves
 * @param parents allowed are the domains below these
 */
public record SenderPolicy(boolean any, Set<Domain> domains, Set<Domain> parents) {
    public static final SenderPolicy ANY = new SenderPolicy(true, Set.of(), Set.of());

    /** RFC 1035 section 2.3.4. */
    private static final int LONGEST = 253;

    private static final Pattern LABELS =
            Pattern.compile("[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?" + "(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");

    private static final String BELOW = "*.";

    public SenderPolicy {
        domains = Set.copyOf(domains);
        parents = Set.copyOf(parents);
    }

    /** Allows what any of the patterns allows. */
    public static SenderPolicy of(List<String> patterns) {
        Set<Domain> domains = new HashSet<>();
        Set<Domain> parents = new HashSet<>();
        for (String pattern : patterns) {
            Domain domain = domainOf(pattern);
            (pattern.startsWith(BELOW) ? parents : domains).add(domain);
        }
        return new SenderPolicy(false, domains, parents);
    }

    public boolean allows(Domain domain) {
        return any || domains.contains(domain) || (!parents.isEmpty() && isBelowAParent(domain.ascii()));
    }

    private boolean isBelowAParent(String domain) {
        for (int dot = domain.indexOf('.'); dot > 0 && dot < domain.length() - 1; dot = domain.indexOf('.', dot + 1)) {
            if (parents.contains(new Domain(domain.substring(dot + 1)))) {
                return true;
            }
        }
        return false;
    }

    /** The domain a pattern is about; refuses what is neither a domain nor {@code *.} and a domain. */
    static Domain domainOf(String pattern) {
        String written = pattern.startsWith(BELOW) ? pattern.substring(BELOW.length()) : pattern;
        if (!written.isEmpty() && written.length() <= LONGEST) {
            Domain domain = normalized(written);
            if (domain.ascii().length() <= LONGEST
                    && LABELS.matcher(domain.ascii()).matches()) {
                return domain;
            }
        }
        throw new IllegalArgumentException("must be a domain such as acme.example, or *.acme.example for all below it");
    }

    private static Domain normalized(String written) {
        try {
            return Domain.of(written);
        } catch (IllegalArgumentException notADomain) {
            throw new IllegalArgumentException("isn't a domain name that can be written in ASCII", notADomain);
        }
    }
}
