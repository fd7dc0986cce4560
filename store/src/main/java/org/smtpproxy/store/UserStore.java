package org.smtpproxy.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

import org.smtpproxy.mail.TenantId;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The people who sign in. Their names are unique over all tenants. */
public final class UserStore {
    private final Transactions transactions;

    public UserStore(Transactions transactions) {
        this.transactions = transactions;
    }

    /** @param passwordHash empty to leave it as it is */
    public record Change(Role role, boolean disabled, Optional<String> passwordHash) {}

    /** Oldest first. */
    public Page<User> list(Scope scope, PageRequest page) {
        String after = page.after();
        return scope.read(
                transactions,
                sql -> Page.of(
                        scope.bind(sql.sql(listSql(scope)))
                                .param("after", after)
                                .param("rows", page.rows())
                                .query((row, number) -> user(row))
                                .list(),
                        page,
                        User::id));
    }

    static String listSql(Scope scope) {
        return "select * from users where " + scope.condition() + " and id > :after order by id limit :rows";
    }

    public Optional<User> find(Scope scope, String id) {
        return scope.write(transactions, sql -> find(sql, id));
    }

    /** For signing in, when it isn't known yet whose it is. */
    public Optional<User> findByName(String name) {
        return transactions.forAll(sql -> sql.sql("select * from users where name = ?")
                .param(name)
                .query((row, number) -> user(row))
                .optional());
    }

    /** {@link Outcome.Taken} when anybody has the name. */
    public Outcome<User> create(Optional<TenantId> tenant, String name, String passwordHash, Role role) {
        role.validate(tenant.isPresent());
        String id = ConfigurationWriter.newId(Instant.now());
        return TenantChange.undoing(() -> new Scope(tenant).write(transactions, sql -> {
            sql.sql("""
                            insert into users (id, tenant_id, name, password_hash, role)
                            values (:id, :tenant, :name, :password, :role)
                            """)
                    .param("id", id)
                    .param("tenant", tenant.map(TenantId::value).orElse(null))
                    .param("name", name)
                    .param("password", passwordHash)
                    .param("role", role.word())
                    .update();
            return new Outcome.Done<>(find(sql, id).orElseThrow());
        }));
    }

    /** @param version empty when it is done whatever changed since */
    public Outcome<User> update(Scope scope, String id, Change change, OptionalLong version) {
        return TenantChange.undoing(() -> scope.write(transactions, sql -> {
            Optional<User> stored = sql.sql("select * from users where id = ? for update")
                    .param(id)
                    .query((row, number) -> user(row))
                    .optional();
            if (stored.isEmpty()) {
                return new Outcome.Missing<>();
            }
            if (version.isPresent() && version.getAsLong() != stored.get().version()) {
                return new Outcome.Outdated<>(stored.get().version());
            }
            change.role().validate(stored.get().tenant().isPresent());
            sql.sql("""
                            update users
                            set role = :role, disabled = :disabled, password_hash = :password, version = version + 1
                            where id = :id
                            """)
                    .param("role", change.role().word())
                    .param("disabled", change.disabled())
                    .param("password", change.passwordHash().orElse(stored.get().passwordHash()))
                    .param("id", id)
                    .update();
            return new Outcome.Done<>(find(sql, id).orElseThrow());
        }));
    }

    public boolean delete(Scope scope, String id) {
        return scope.write(
                transactions,
                sql -> sql.sql("delete from users where id = ?").param(id).update() > 0);
    }

    public void loggedIn(String id, Instant at) {
        transactions.forAll(sql -> sql.sql("update users set last_login_at = ? where id = ?")
                .params(Rows.time(at), id)
                .update());
    }

    private static Optional<User> find(JdbcClient sql, String id) {
        return sql.sql("select * from users where id = ?")
                .param(id)
                .query((row, number) -> user(row))
                .optional();
    }

    private static User user(ResultSet row) throws SQLException {
        return new User(
                row.getString("id"),
                row.getString("name"),
                row.getString("password_hash"),
                Role.of(row.getString("role")),
                Rows.optionalText(row, "tenant_id").map(TenantId::new),
                row.getBoolean("disabled"),
                Rows.optionalInstant(row, "last_login_at"),
                Rows.instant(row, "created_at"),
                row.getLong("version"));
    }
}
