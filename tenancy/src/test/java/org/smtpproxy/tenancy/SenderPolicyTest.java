package org.smtpproxy.tenancy;

import java.util.List;
import java.util.Set;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.Domain;

import static org.assertj.core.api.Assertions.assertThat;

final class SenderPolicyTest {
    @Test
    void aDomainAllowsItselfOnlyAndAStarWhatLiesBelow() {
        SenderPolicy policy = SenderPolicy.of(List.of("acme.example", "*.news.example"));
        assertThat(policy.allows(Domain.of("ACME.example"))).isTrue();
        assertThat(policy.allows(Domain.of("acme.example."))).isTrue();
        assertThat(policy.allows(Domain.of("a.b.news.example"))).isTrue();
        assertThat(policy.allows(Domain.of("www.acme.example"))).isFalse();
        assertThat(policy.allows(Domain.of("news.example"))).isFalse();
        assertThat(policy.allows(Domain.of("badnews.example"))).isFalse();
        assertThat(policy.allows(Domain.of("news.example.evil.test"))).isFalse();
        assertThat(policy.allows(Domain.of("[192.0.2.1]"))).isFalse();
    }

    @Test
    void patternsMayHaveUmlauts() {
        SenderPolicy policy = SenderPolicy.of(List.of("*.bücher.example"));
        assertThat(policy.allows(Domain.of("www.xn--bcher-kva.example"))).isTrue();
    }

    @Test
    void withoutPatternsEveryDomainMaySend() {
        assertThat(SenderPolicy.ANY.allows(Domain.of("[192.0.2.1]"))).isTrue();
    }

    @Property(tries = 500)
    void matchesTheDefinition(
            @ForAll("domains") String domain, @ForAll @Size(max = 4) Set<@From("patterns") String> patterns) {
        boolean expected = patterns.stream()
                .anyMatch(pattern ->
                        pattern.startsWith("*.") ? domain.endsWith(pattern.substring(1)) : domain.equals(pattern));
        assertThat(SenderPolicy.of(List.copyOf(patterns)).allows(Domain.of(domain)))
                .isEqualTo(expected);
    }

    @Provide
    Arbitrary<String> domains() {
        return Arbitraries.of("a", "b", "ab").list().ofMinSize(1).ofMaxSize(4).map(labels -> String.join(".", labels));
    }

    @Provide
    Arbitrary<String> patterns() {
        return Arbitraries.oneOf(domains(), domains().map(domain -> "*." + domain));
    }
}
