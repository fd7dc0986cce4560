package org.smtpproxy.tenancy;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.TenantId;

import static org.assertj.core.api.Assertions.assertThat;

final class RouterTest {
    private static final Envelope ENVELOPE = new Envelope(Optional.empty(), List.of(EmailAddress.parse("b@b.example")));

    @Property(tries = 100)
    void theFirstRouteTakesEveryMessageAndWithoutOneNobodyDoes(
            @ForAll @IntRange(max = 4) int routes, @ForAll @IntRange(min = 1, max = 4) int candidates) {
        TenantSnapshot tenant = tenant(IntStream.range(0, routes)
                .mapToObj(route -> new Route("route-" + route, candidates(route, candidates)))
                .toList());
        RoutingDecision expected = routes == 0
                ? new RoutingDecision(Optional.empty(), List.of())
                : new RoutingDecision(Optional.of("route-0"), candidates(0, candidates));
        assertThat(Router.route(tenant, ENVELOPE)).isEqualTo(expected);
        assertThat(Router.route(tenant, ENVELOPE)).isEqualTo(Router.route(tenant, ENVELOPE));
    }

    private static List<Candidate> candidates(int route, int number) {
        return IntStream.range(0, number)
                .mapToObj(i -> new Candidate(AccountId.shared("p" + route + "-" + i)))
                .toList();
    }

    private static TenantSnapshot tenant(List<Route> routes) {
        return new TenantSnapshot(
                new TenantId("acme"), "Acme", Limits.DEFAULT, SenderPolicy.ANY, RetryPolicy.DEFAULT, false, routes);
    }
}
