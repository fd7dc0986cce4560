package org.smtpproxy.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/**
 * What has to be true before the database is used: a version we know, the two roles, the schema, the master key. The
 * owner does this and nothing else. Nodes that start at once wait for each other at a lock.
 */
final class Preparation {
    private static final Logger LOG = LoggerFactory.getLogger(Preparation.class);

    /** Any number, as long as all versions of the program have the same. */
    private static final long LOCK = 0x736d7470_70726f78L;

    private static final int OLDEST_SERVER = 15;

    private final DatabaseSettings settings;

    Preparation(DatabaseSettings settings) {
        this.settings = settings;
    }

    void run() {
        try (Connection connection = Pools.connect(settings.url(), settings.owner())) {
            JdbcClient sql = JdbcClient.create(new SingleConnectionDataSource(connection, true));
            refuseOldServer(sql);
            sql.sql("select pg_advisory_lock(?)").param(LOCK).query(rows -> {});
            for (DatabaseSettings.Login role : List.of(settings.runtime(), settings.platform())) {
                prepareRole(sql, role);
            }
            migrate();
            compareMasterKey(sql);
        } catch (SQLException e) {
            throw new DatabaseRefusedException(
                    "the database can't be reached as " + settings.owner().user() + ": " + e.getMessage(), e);
        } catch (FlywayException | DataAccessException e) {
            throw new DatabaseRefusedException("the database can't be brought up to date: " + e.getMessage(), e);
        }
    }

    private static void refuseOldServer(JdbcClient sql) {
        int version = sql.sql("select current_setting('server_version_num')::int / 10000")
                .query(Integer.class)
                .single();
        if (version < OLDEST_SERVER) {
            throw new DatabaseRefusedException(
                    "the database is PostgreSQL " + version + "; smtp-proxy needs " + OLDEST_SERVER + " or newer");
        }
    }

    private void prepareRole(JdbcClient sql, DatabaseSettings.Login role) {
        boolean exists = sql.sql("select exists (select from pg_roles where rolname = ?)")
                .param(role.user())
                .query(Boolean.class)
                .single();
        if (exists && canConnect(role)) {
            refuseMighty(sql, role);
            return;
        }
        // Neither statement takes parameters; format() quotes.
        String statement = sql.sql("select format(?, ?, ?)")
                .params(
                        exists ? "alter role %I login password %L" : "create role %I login noinherit password %L",
                        role.user(),
                        role.password().reveal())
                .query(String.class)
                .single();
        try {
            sql.sql(statement).update();
        } catch (DataAccessException e) {
            if (!canConnect(role)) {
                // Not the cause: its text may repeat the statement, and so the password.
                throw new DatabaseRefusedException("the role " + role.user() + " can't be "
                        + (exists ? "given its password" : "made") + " by "
                        + settings.owner().user()
                        + ": grant it CREATEROLE, or make the role yourself (docs/database.md)");
            }
        }
        refuseMighty(sql, role);
    }

    private boolean canConnect(DatabaseSettings.Login role) {
        try (Connection connection = Pools.connect(settings.url(), role)) {
            return connection.isValid(5);
        } catch (SQLException e) {
            return false;
        }
    }

    /** Row-level security doesn't hold for a role that may step around it. */
    private static void refuseMighty(JdbcClient sql, DatabaseSettings.Login role) {
        boolean mighty = sql.sql("select rolsuper or rolbypassrls from pg_roles where rolname = ?")
                .param(role.user())
                .query(Boolean.class)
                .single();
        if (mighty) {
            throw new DatabaseRefusedException("the role " + role.user()
                    + " is a superuser or bypasses row-level security: tenants would not be kept apart");
        }
    }

    private void migrate() {
        Flyway flyway = Flyway.configure(Preparation.class.getClassLoader())
                .dataSource(
                        settings.url(),
                        settings.owner().user(),
                        settings.owner().password().reveal())
                .locations("classpath:org/smtpproxy/store/migrations")
                .schemas(Database.SCHEMA)
                .placeholders(Map.of(
                        "runtime", settings.runtime().user(),
                        "platform", settings.platform().user()))
                .cleanDisabled(true)
                .load();
        refuseNewerSchema(flyway.info().all());
        int migrations = flyway.migrate().migrationsExecuted;
        if (migrations > 0) {
            LOG.info("database brought up to date, {} migrations", migrations);
        }
    }

    private static void refuseNewerSchema(MigrationInfo[] migrations) {
        Arrays.stream(migrations)
                .filter(migration -> migration.getState() == MigrationState.FUTURE_SUCCESS
                        || migration.getState() == MigrationState.FUTURE_FAILED)
                .findFirst()
                .ifPresent(newer -> {
                    throw new DatabaseRefusedException("the database has schema version " + newer.getVersion()
                            + ", which is newer than this version of smtp-proxy: start the newer version");
                });
    }

    private void compareMasterKey(JdbcClient sql) {
        sql.sql("insert into smtp_proxy.installation (master_key_fingerprint) values (?) on conflict do nothing")
                .param(settings.masterKeyFingerprint())
                .update();
        Optional<String> known = sql.sql("select master_key_fingerprint from smtp_proxy.installation")
                .query(String.class)
                .optional();
        if (!known.equals(Optional.of(settings.masterKeyFingerprint()))) {
            throw new DatabaseRefusedException("the database belongs to another master key (fingerprint "
                    + known.orElse("none") + ", this node's is " + settings.masterKeyFingerprint()
                    + "): give this node the master key of the others");
        }
    }
}
