package org.smtpproxy.store;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.smtpproxy.tenancy.state.State;

import static org.assertj.core.api.Assertions.assertThat;

/** Prints how long large configurations take; {@code -Dstore.scale=100000} also reads that many tenants. */
class ScaleTest {
    private static final int FILE = 1000;

    @Test
    void aThousandTenantsAreAppliedAndAppliedAgain() {
        try (Database database = Database.open(TestDatabase.migrated())) {
            ConfigurationStore store =
                    new ConfigurationStore(database.transactions(), new FixedKeyCodec(), state -> List.of());
            State file = States.of("tenants:\n"
                    + IntStream.range(0, FILE).mapToObj(ScaleTest::tenant).collect(Collectors.joining()));
            long began = System.nanoTime();
            assertThat(((ApplyResult.Applied) store.apply(file, false, false)).differences())
                    .hasSize(6 * FILE);
            print("apply of 1,000 tenants", began);
            began = System.nanoTime();
            assertThat(store.apply(file, true, false)).isEqualTo(new ApplyResult.Applied(List.of(), 1));
            print("the same again, pruning", began);
            AtomicLong tenants = new AtomicLong();
            began = System.nanoTime();
            store.read(shared -> {}, tenant -> tenants.incrementAndGet());
            print("reading them", began);
            assertThat(tenants).hasValue(FILE);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "store.scale", matches = "\\d+")
    void manyTenantsAreReadInBoundedMemory() {
        int count = Integer.getInteger("store.scale");
        DatabaseSettings settings = TestDatabase.migrated();
        try (Database database = Database.open(settings)) {
            ConfigurationStore store =
                    new ConfigurationStore(database.transactions(), new FixedKeyCodec(), state -> List.of());
            int chunk = 5000;
            for (int from = 0; from < count; from += chunk) {
                long began = System.nanoTime();
                store.apply(
                        States.of("tenants:\n"
                                + IntStream.range(from, from + chunk)
                                        .mapToObj(ScaleTest::tenant)
                                        .collect(Collectors.joining())),
                        false,
                        false);
                print("apply of " + chunk + " tenants after " + from, began);
            }
            TestDatabase.asOwner(settings.url(), "analyze");
            AtomicLong tenants = new AtomicLong();
            AtomicLong most = new AtomicLong();
            System.gc();
            long before = used();
            long began = System.nanoTime();
            store.read(shared -> {}, tenant -> {
                if (tenants.incrementAndGet() % 20_000 == 0) {
                    System.gc();
                    most.accumulateAndGet(used() - before, Math::max);
                }
            });
            print("reading " + count, began);
            System.out.println("live heap while reading, MB: " + most.get() / 1_000_000);
            assertThat(tenants).hasValue(count);
            began = System.nanoTime();
            store.apply(States.of("tenants: [{id: t7, senders: [x.example]}]"), false, false);
            print("changing one", began);
        }
    }

    private static long used() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private static void print(String what, long began) {
        System.out.println(what + " ms: " + (System.nanoTime() - began) / 1_000_000);
    }

    private static String tenant(int n) {
        return """
                  - id: t%1$d
                    name: Tenant %1$d
                    limits: {maxMessageBytes: 1000000}
                    senders: ["t%1$d.example", "*.t%1$d.example"]
                    credentials: [{username: t%1$d-a, password: secret-a}, {username: t%1$d-b, password: secret-b}]
                    providers:
                      - {id: a, type: smtp, host: a.t%1$d.example, port: 587, tls: required, username: u, password: p}
                      - {id: b, type: smtp, host: b.t%1$d.example, port: 587, tls: required, username: u, password: p}
                    routes: [{name: x, to: [a]}, {name: y, to: [b]}, {name: default, to: [a, b]}]
                """.formatted(n);
    }
}
