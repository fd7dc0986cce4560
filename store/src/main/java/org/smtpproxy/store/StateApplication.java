package org.smtpproxy.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import org.smtpproxy.tenancy.state.Problem;
import org.smtpproxy.tenancy.state.State;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * One run of {@code apply}: what is stored of the file's tenants is read, the file is laid over it, judged, compared,
 * and what differs is written, in one transaction under the configuration's lock. A dry run does all of it and rolls
 * back.
 */
final class StateApplication {
    private static final String REMOVED = "removed from the state file";

    private final Transactions transactions;
    private final ConfigurationCheck check;
    private final ConfigurationReader reader;
    private final ConfigurationWriter writer;
    private final Passwords passwords;
    private final State file;
    private final boolean prune;
    private final boolean dryRun;

    StateApplication(
            Transactions transactions,
            SecretCodec codec,
            ConfigurationCheck check,
            State file,
            boolean prune,
            boolean dryRun) {
        this.transactions = transactions;
        this.check = check;
        this.reader = new ConfigurationReader(codec);
        this.writer = new ConfigurationWriter(codec);
        this.passwords = new Passwords(codec);
        this.file = file;
        this.prune = prune;
        this.dryRun = dryRun;
    }

    ApplyResult run() {
        Documents.Whole given = Documents.of(file);
        passwords.prepare(
                given.tenants().values(),
                transactions.snapshotForAll(
                        sql -> documents(reader.tenants(sql, given.tenants().keySet()))));
        try {
            return transactions.forAll(this::apply);
        } catch (Undone undone) {
            return undone.as(ApplyResult.class);
        }
    }

    private ApplyResult apply(JdbcClient sql) {
        long epoch = ConfigurationLock.lock(sql);
        Map<String, Documents.Provider> sharedBefore = reader.shared(sql);
        Set<String> affected = affected(sharedBefore);
        Map<String, ConfigurationReader.Row> rows = reader.tenants(sql, affected);
        Documents.Whole before = new Documents.Whole(sharedBefore, documents(rows));
        State merged = prune ? file : file.merge(before.state());
        refuse(check.problems(merged));
        Documents.Whole after = stored(Documents.of(merged), before);

        StateDifference difference = new StateDifference(before, after);
        difference.compare(prune ? notNamed(sql) : List.of(), gone(rows));
        // Asked before writing: afterwards everybody's are there, also the file's own.
        writer.removeCredentials(sql, difference.removedCredentials());
        refuse(ConfigurationConflicts.ofUsernames(sql, difference.addedCredentials()));
        write(sql, difference);
        if (!difference.touchedShared().isEmpty()) {
            refuse(ConfigurationConflicts.ofShared(sql, difference.touchedShared()));
        }
        refuse(ConfigurationConflicts.ofNetworks(sql, difference.touchedTenants()));
        if (difference.list().isEmpty()) {
            return new ApplyResult.Applied(List.of(), epoch);
        }
        if (dryRun) {
            throw new Undone(new ApplyResult.Applied(difference.list(), epoch));
        }
        Set<String> touched = new LinkedHashSet<>(difference.touchedTenants());
        if (!difference.touchedShared().isEmpty()) {
            touched.add(ConfigurationLock.SHARED);
        }
        return new ApplyResult.Applied(difference.list(), ConfigurationLock.record(sql, "state", touched));
    }

    /** The file's tenants, and those that shared providers name: the compiler wants to know them. */
    private Set<String> affected(Map<String, Documents.Provider> sharedBefore) {
        Documents.Whole given = Documents.of(file);
        Set<String> affected = new LinkedHashSet<>(given.tenants().keySet());
        if (!prune) {
            Stream.concat(sharedBefore.values().stream(), given.shared().values().stream())
                    .forEach(provider -> provider.grants().ifPresent(affected::addAll));
        }
        return affected;
    }

    private Documents.Whole stored(Documents.Whole merged, Documents.Whole before) {
        List<Problem> problems = new ArrayList<>();
        Masks masks = new Masks(text -> problems.add(new Problem(0, "", text)));
        Map<String, Documents.Provider> shared = new LinkedHashMap<>();
        merged.shared()
                .forEach((id, provider) -> shared.put(
                        id,
                        masks.lift(provider, Optional.ofNullable(before.shared().get(id)), "")));
        Map<String, Documents.Tenant> tenants = new LinkedHashMap<>();
        merged.tenants().forEach((id, tenant) -> {
            Optional<Documents.Tenant> old =
                    Optional.ofNullable(before.tenants().get(id));
            tenants.put(id, passwords.hashed(masks.lift(tenant, old), old));
        });
        refuse(problems);
        return new Documents.Whole(shared, tenants);
    }

    private Collection<String> notNamed(JdbcClient sql) {
        return sql.sql("select id from tenants where state <> 'deleted' and id <> all (?) order by id")
                .param(Documents.of(file).tenants().keySet().toArray(String[]::new))
                .query(String.class)
                .list();
    }

    private void write(JdbcClient sql, StateDifference difference) {
        writer.markDeleted(sql, difference.removedTenants(), REMOVED);
        try {
            writer.write(sql, difference);
        } catch (DuplicateKeyException e) {
            // Two tenants of the file want the same; a good check has said so before.
            throw new Undone(new ApplyResult.Refused(List.of(new Problem(0, "", "a user name is already in use"))));
        }
    }

    private static Map<String, Documents.Tenant> documents(Map<String, ConfigurationReader.Row> rows) {
        Map<String, Documents.Tenant> documents = new LinkedHashMap<>();
        rows.forEach((id, row) -> documents.put(id, row.document()));
        return documents;
    }

    private static Set<String> gone(Map<String, ConfigurationReader.Row> rows) {
        Set<String> gone = new LinkedHashSet<>();
        rows.forEach((id, row) -> {
            if (row.status().state() == TenantState.DELETED) {
                gone.add(id);
            }
        });
        return gone;
    }

    private static void refuse(List<Problem> problems) {
        if (!problems.isEmpty()) {
            throw new Undone(new ApplyResult.Refused(problems));
        }
    }
}
