package org.smtpproxy.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.State;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The tenants themselves. What belongs to one is in the other stores; deleting is marking first, purging later. */
public final class TenantStore {
    /** Greater than any text that begins with what stands before it. */
    private static final String END = "\uDBFF\uDFFF";

    private final Transactions transactions;
    private final SecretCodec codec;
    private final TenantChange change;
    private final ConfigurationReader reader;
    private final ConfigurationWriter writer;

    public TenantStore(Transactions transactions, SecretCodec codec, ConfigurationCheck check) {
        this.transactions = transactions;
        this.codec = codec;
        this.change = new TenantChange(transactions, codec, check);
        this.reader = new ConfigurationReader(codec);
        this.writer = new ConfigurationWriter(codec);
    }

    /**
     * Which tenants.
     *
     * @param prefix how the id or the name begins, in any case
     */
    public record Filter(Optional<String> prefix, Optional<TenantState> state) {
        public static final Filter ALL = new Filter(Optional.empty(), Optional.empty());
    }

    /** In the order of their ids. */
    public Page<StoredTenant> list(Filter filter, PageRequest page) {
        String prefix = filter.prefix().orElse("").toLowerCase(Locale.ROOT);
        String after = page.after();
        return transactions.readForAll(sql -> {
            JdbcClient.StatementSpec statement = sql.sql(prefix.isEmpty() ? listSql(filter) : searchSql(filter))
                    .param("after", after)
                    .param("rows", page.rows());
            if (!prefix.isEmpty()) {
                statement.param("from", prefix).param("to", prefix + END);
            }
            filter.state().ifPresent(state -> statement.param("state", state.word()));
            return Page.of(tenants(statement), page, tenant -> tenant.id().value());
        });
    }

    static String listSql(Filter filter) {
        return "select * from tenants where id > :after" + stateSql(filter) + " order by id limit :rows";
    }

    /** Two ranges, each of its index: an OR of them would be a scan of all. */
    static String searchSql(Filter filter) {
        return """
                select * from tenants where id in (
                    (select id from tenants
                    where id >= :from and id < :to and id > :after%1$s order by id limit :rows)
                    union
                    (select id from tenants
                    where lower(coalesce(name, id)) collate "C" >= :from and lower(coalesce(name, id)) collate "C" < :to
                    and id > :after%1$s order by id limit :rows)
                ) order by id limit :rows
                """.formatted(stateSql(filter));
    }

    private static String stateSql(Filter filter) {
        return filter.state()
                .map(state -> state == TenantState.ACTIVE
                        ? " and state = :state"
                        : " and state <> 'active' and state = :state")
                .orElse("");
    }

    public Optional<StoredTenant> find(TenantId tenant) {
        return transactions.forTenant(tenant, sql -> find(sql, tenant));
    }

    /** With all that the record has, also credentials, providers and routes. */
    public Outcome<StoredTenant> create(State.Tenant tenant) {
        Documents.Tenant given = document(tenant);
        Passwords passwords = new Passwords(codec);
        passwords.prepare(List.of(given), Map.of());
        TenantId id = new TenantId(given.id());
        return change.asOperator(id, "tenant", sql -> {
            boolean taken = sql.sql("select exists (select from tenants where id = ?)")
                    .param(given.id())
                    .query(Boolean.class)
                    .single();
            if (taken) {
                return new Outcome.Taken<>("id");
            }
            StateDifference difference = new StateDifference(
                    new Documents.Whole(Map.of(), Map.of()),
                    new Documents.Whole(Map.of(), Map.of(given.id(), passwords.hashed(given, Optional.empty()))));
            difference.compare(List.of(), Set.of());
            writer.write(sql, difference);
            return found(sql, id);
        });
    }

    /** Name and settings as given, nothing else. */
    public Outcome<StoredTenant> update(State.Tenant tenant, long version) {
        Documents.Tenant given = document(tenant);
        TenantId id = new TenantId(given.id());
        return change.asOperator(id, "tenant", sql -> {
            Optional<StoredTenant> stored = alive(sql, id);
            if (stored.isEmpty()) {
                return new Outcome.Missing<>();
            }
            if (stored.get().version() != version) {
                return new Outcome.Outdated<>(stored.get().version());
            }
            writer.putTenants(sql, List.of(given));
            return found(sql, id);
        });
    }

    /**
     * Suspends, deletes or brings back.
     *
     * @param version empty when it is done whatever changed since
     */
    public Outcome<StoredTenant> setState(
            TenantId tenant, TenantState state, Optional<String> reason, OptionalLong version) {
        return change.asOperator(tenant, "tenant", sql -> {
            Optional<StoredTenant> stored = find(sql, tenant);
            if (stored.isEmpty()) {
                return new Outcome.Missing<>();
            }
            if (version.isPresent() && stored.get().version() != version.getAsLong()) {
                return new Outcome.Outdated<>(stored.get().version());
            }
            sql.sql("""
                            update tenants
                            set state = :state, state_reason = :reason, state_since = now(),
                                version = version + 1, updated_at = now()
                            where id = :id
                            """)
                    .param("state", state.word())
                    .param("reason", reason.orElse(null))
                    .param("id", tenant.value())
                    .update();
            return found(sql, tenant);
        });
    }

    /** Removes for good what was deleted before a time, with all that belongs to it. */
    public List<TenantId> purge(Instant deletedBefore, int most) {
        return transactions.forAll(sql -> {
            ConfigurationLock.lock(sql);
            List<String> gone = sql.sql("""
                            delete from tenants where id in (
                                select id from tenants
                                where state <> 'active' and state = 'deleted' and state_since < ?
                                order by id limit ?)
                            returning id
                            """)
                    .params(Rows.time(deletedBefore), most)
                    .query(String.class)
                    .list();
            if (!gone.isEmpty()) {
                sql.sql("""
                                update shared_providers
                                set grants = array(select unnest(grants) except select unnest(cast(:gone as text[])))
                                where grants && cast(:gone as text[])
                                """).param("gone", gone.toArray(String[]::new)).update();
                ConfigurationLock.record(sql, "tenant", gone);
            }
            return gone.stream().map(TenantId::new).toList();
        });
    }

    private Optional<StoredTenant> alive(JdbcClient sql, TenantId tenant) {
        return find(sql, tenant).filter(stored -> stored.status().state() != TenantState.DELETED);
    }

    private Optional<StoredTenant> find(JdbcClient sql, TenantId tenant) {
        return tenants(sql.sql("select * from tenants where id = :id").param("id", tenant.value())).stream()
                .findFirst();
    }

    private Outcome<StoredTenant> found(JdbcClient sql, TenantId tenant) {
        return new Outcome.Done<>(find(sql, tenant).orElseThrow());
    }

    private List<StoredTenant> tenants(JdbcClient.StatementSpec statement) {
        Map<String, Documents.Tenant> documents = new LinkedHashMap<>();
        Map<String, Meta> metas = new LinkedHashMap<>();
        statement.query(row -> {
            String id = row.getString("id");
            documents.put(
                    id,
                    new Documents.Tenant(
                            id,
                            Rows.optionalText(row, "name"),
                            reader.settings(row, id),
                            Map.of(),
                            Map.of(),
                            List.of()));
            metas.put(id, Meta.of(row));
        });
        return new Documents.Whole(Map.of(), documents)
                .state().tenants().stream()
                        .map(tenant -> Optional.ofNullable(metas.get(tenant.id().value()))
                                .orElseThrow()
                                .with(tenant))
                        .toList();
    }

    private record Meta(TenantStatus status, long version, Instant createdAt, Instant updatedAt) {
        static Meta of(ResultSet row) throws SQLException {
            return new Meta(
                    ConfigurationReader.status(row),
                    row.getLong("version"),
                    Rows.instant(row, "created_at"),
                    Rows.instant(row, "updated_at"));
        }

        StoredTenant with(State.Tenant tenant) {
            return new StoredTenant(new TenantId(tenant.id().value()), tenant, status, version, createdAt, updatedAt);
        }
    }

    private static Documents.Tenant document(State.Tenant tenant) {
        return Documents.of(new State(List.of(), List.of(tenant)))
                .tenants()
                .values()
                .iterator()
                .next();
    }
}
