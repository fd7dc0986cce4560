package org.smtpproxy.relay.provider;

import java.util.concurrent.atomic.AtomicInteger;

import org.smtpproxy.provider.EspProvider;
import org.smtpproxy.tenancy.ProviderDefinition;

/** A running provider account and how many deliveries it has now, which is kept to its share. */
public final class Account {
    private final ProviderDefinition definition;
    private final EspProvider provider;
    private final int share;
    private final AtomicInteger deliveries = new AtomicInteger();

    Account(ProviderDefinition definition, EspProvider provider, int share) {
        this.definition = definition;
        this.provider = provider;
        this.share = share;
    }

    public ProviderDefinition definition() {
        return definition;
    }

    public EspProvider provider() {
        return provider;
    }

    /** Whether another delivery may begin. Callers that ask at the same moment may all hear yes: the share is soft. */
    public boolean hasRoom() {
        return deliveries.get() < share;
    }

    public void enter() {
        deliveries.incrementAndGet();
    }

    public void leave() {
        deliveries.decrementAndGet();
    }

    public int deliveries() {
        return deliveries.get();
    }

    void close() {
        provider.close();
    }
}
