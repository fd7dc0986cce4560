package org.smtpproxy.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

import org.smtpproxy.mail.TenantId;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What was done by whom. Entries are added and read, never changed: the application's roles have no right to. */
public final class AuditStore {
    private static final int EXPORT_BATCH = 1000;

    private final Transactions transactions;

    public AuditStore(Transactions transactions) {
        this.transactions = transactions;
    }

    public record Filter(
            Optional<Instant> from, Optional<Instant> to, Optional<String> actor, Optional<String> action) {
        public static final Filter ALL =
                new Filter(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** An entry with its number, which grows in the order of writing. */
    public record Numbered(long id, AuditEntry entry) {}

    public void add(AuditEntry entry) {
        new Scope(entry.tenant())
                .write(
                        transactions,
                        sql -> sql.sql("""
                        insert into audit
                            (at, tenant_id, actor, source, action, resource, before, after, request_id, outcome)
                        values (:at, :tenant, :actor, :source, :action, :resource, cast(:before as jsonb),
                            cast(:after as jsonb), :request, :outcome)
                        """)
                                .param("at", Rows.time(entry.at()))
                                .param(
                                        "tenant",
                                        entry.tenant().map(TenantId::value).orElse(null))
                                .param("actor", entry.actor())
                                .param("source", entry.source())
                                .param("action", entry.action())
                                .param("resource", entry.resource())
                                .param("before", entry.before().orElse(null))
                                .param("after", entry.after().orElse(null))
                                .param("request", entry.requestId())
                                .param("outcome", entry.outcome())
                                .update());
    }

    /** Newest first. */
    public Page<Numbered> list(Scope scope, Filter filter, PageRequest page) {
        long below = page.below();
        return scope.read(
                transactions,
                sql -> Page.of(
                        entries(sql, scope, filter, below, page.rows()), page, entry -> Long.toString(entry.id())));
    }

    /** All that the filter lets through, newest first, a batch in memory at a time. */
    public void export(Scope scope, Filter filter, Consumer<Numbered> to) {
        long below = Long.MAX_VALUE;
        List<Numbered> batch;
        do {
            long from = below;
            batch = scope.read(transactions, sql -> entries(sql, scope, filter, from, EXPORT_BATCH));
            batch.forEach(to);
            below = batch.isEmpty() ? below : batch.getLast().id();
        } while (batch.size() == EXPORT_BATCH);
    }

    private static List<Numbered> entries(JdbcClient sql, Scope scope, Filter filter, long below, int rows) {
        JdbcClient.StatementSpec statement = scope.bind(sql.sql(listSql(scope, filter)))
                .param("below", below)
                .param("rows", rows);
        filter.from().ifPresent(from -> statement.param("from", Rows.time(from)));
        filter.to().ifPresent(to -> statement.param("to", Rows.time(to)));
        filter.actor().ifPresent(actor -> statement.param("actor", actor));
        filter.action().ifPresent(action -> statement.param("action", action));
        return statement.query((row, number) -> entry(row)).list();
    }

    static String listSql(Scope scope, Filter filter) {
        List<String> conditions = new ArrayList<>(List.of(scope.condition(), "id < :below"));
        filter.from().ifPresent(from -> conditions.add("at >= :from"));
        filter.to().ifPresent(to -> conditions.add("at < :to"));
        filter.actor().ifPresent(actor -> conditions.add("actor = :actor"));
        filter.action().ifPresent(action -> conditions.add("action = :action"));
        return "select * from audit where " + String.join(" and ", conditions) + " order by id desc limit :rows";
    }

    private static Numbered entry(ResultSet row) throws SQLException {
        return new Numbered(
                row.getLong("id"),
                new AuditEntry(
                        Rows.instant(row, "at"),
                        Rows.optionalText(row, "tenant_id").map(TenantId::new),
                        row.getString("actor"),
                        row.getString("source"),
                        row.getString("action"),
                        row.getString("resource"),
                        Rows.optionalText(row, "before"),
                        Rows.optionalText(row, "after"),
                        row.getString("request_id"),
                        row.getString("outcome")));
    }
}
