package org.smtpproxy.store;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;

/**
 * The connections to one server. Tenants' work and the operator's have a pool each, because they are different roles:
 * a connection of the first kind can't become one of the second.
 */
record Pools(HikariDataSource tenants, HikariDataSource platform) implements AutoCloseable {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    /** Connections are made when they are needed: the server may be away. */
    static Pools open(String url, DatabaseSettings settings, String name) {
        return new Pools(
                pool(url, settings.runtime(), settings.connections(), name + "-tenants"),
                pool(url, settings.platform(), settings.connections(), name + "-platform"));
    }

    static Connection connect(String url, DatabaseSettings.Login login) throws SQLException {
        Properties properties = properties();
        properties.setProperty("user", login.user());
        properties.setProperty("password", login.password().reveal());
        return DriverManager.getConnection(url, properties);
    }

    private static HikariDataSource pool(String url, DatabaseSettings.Login login, int connections, String name) {
        HikariConfig config = new HikariConfig();
        config.setPoolName(name);
        config.setJdbcUrl(url);
        config.setUsername(login.user());
        config.setPassword(login.password().reveal());
        config.setDataSourceProperties(properties());
        config.setAutoCommit(false);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(LONGEST_WAIT.toMillis());
        config.setInitializationFailTimeout(-1);
        return new HikariDataSource(config);
    }

    private static Properties properties() {
        Properties properties = new Properties();
        properties.setProperty("currentSchema", Database.SCHEMA);
        properties.setProperty("ApplicationName", "smtp-proxy");
        properties.setProperty("connectTimeout", Long.toString(LONGEST_WAIT.toSeconds()));
        properties.setProperty("tcpKeepAlive", "true");
        return properties;
    }

    @Override
    public void close() {
        tenants.close();
        platform.close();
    }
}
