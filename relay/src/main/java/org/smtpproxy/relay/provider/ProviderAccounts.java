package org.smtpproxy.relay.provider;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.provider.EspProvider;
import org.smtpproxy.provider.ProviderContext;
import org.smtpproxy.provider.ProviderFactory;
import org.smtpproxy.tenancy.ConfigurationSource;
import org.smtpproxy.tenancy.ProviderDefinition;
import org.smtpproxy.tenancy.Snapshot;

/**
 * The provider accounts that run, made when first needed and made anew when their definition changed. No account gets
 * more than its share of all deliveries: one that hangs can't stop the others.
 */
public final class ProviderAccounts implements AutoCloseable {
    private final ConfigurationSource configuration;
    private final ProviderCatalogue catalogue;
    private final String hostName;
    private final Path folder;
    private final int share;
    private final Map<AccountId, Account> running = new HashMap<>();
    private long epoch = -1;

    /**
     * @param folder where providers may keep files, one folder per type
     * @param share the most deliveries one account may have at once
     */
    public ProviderAccounts(
            ConfigurationSource configuration, ProviderCatalogue catalogue, String hostName, Path folder, int share) {
        this.configuration = configuration;
        this.catalogue = catalogue;
        this.hostName = hostName;
        this.folder = folder;
        this.share = share;
    }

    /**
     * The account, running; empty when the configuration has none of that name any more. Fails when it can't be opened,
     * for example because a file that it needs is gone; the next call tries again.
     */
    public synchronized Optional<Account> find(AccountId id) {
        Snapshot snapshot = configuration.current();
        if (snapshot.epoch() != epoch) {
            running.entrySet().removeIf(entry -> outdated(snapshot, entry.getValue()));
            epoch = snapshot.epoch();
        }
        Account account = running.get(id);
        if (account != null) {
            return Optional.of(account);
        }
        Optional<Account> fresh = snapshot.provider(id).map(this::open);
        fresh.ifPresent(opened -> running.put(id, opened));
        return fresh;
    }

    /** Whether the account can take a delivery. One that can't be had at all can: the attempt will tell why. */
    public boolean hasRoom(AccountId id) {
        try {
            return find(id).map(Account::hasRoom).orElse(true);
        } catch (RuntimeException cannotOpen) {
            return true;
        }
    }

    /** The accounts that are running now. */
    public synchronized Collection<Account> running() {
        return Map.copyOf(running).values();
    }

    @Override
    public synchronized void close() {
        running.values().forEach(Account::close);
        running.clear();
    }

    private static boolean outdated(Snapshot snapshot, Account account) {
        ProviderDefinition definition = account.definition();
        boolean same =
                snapshot.provider(definition.id()).filter(definition::equals).isPresent();
        if (!same) {
            account.close();
        }
        return !same;
    }

    private Account open(ProviderDefinition definition) {
        ProviderFactory factory = catalogue.factory(definition.type());
        EspProvider provider = factory.create(
                factory.schema().complete(definition.settings()),
                new ProviderContext(definition.id(), hostName, folder.resolve(definition.type())));
        return new Account(definition, provider, Math.min(share, provider.maxConcurrentDeliveries()));
    }
}
