package org.smtpproxy.app.settings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;

/**
 * Every setting of a process, with its default. {@code docs/settings.md} explains each; a test keeps that page complete.
 * Keys are written in kebab-case in the file, as {@code SMTP_PROXY_…} in the environment.
 */
@ConfigMapping(prefix = Settings.PREFIX)
public interface Settings {
    String PREFIX = "smtp-proxy";

    /** The folder for everything that must survive a restart. */
    @WithDefault("./data")
    Path data();

    /** The address that all listeners bind to. */
    @WithDefault("127.0.0.1")
    String bind();

    /** SMTP with STARTTLS; 0 takes any free port. */
    @WithDefault("2525")
    int smtpPort();

    /** SMTP over implicit TLS. */
    @WithDefault("2465")
    int smtpsPort();

    /** Health, metrics and the REST API. */
    @WithDefault("8080")
    int httpPort();

    /** A state file that is merged into the configuration at every start. */
    Optional<Path> apply();

    /** How log records look. */
    @WithDefault("text")
    LogFormat log();

    /** Whether logs show mail addresses in full. */
    @WithDefault("false")
    boolean logAddresses();

    /** The name this node greets with and writes into Received; by default the host's own. */
    Optional<String> hostName();

    /** The first super-admin API key of an unattended installation. */
    Optional<String> bootstrapApiKey();

    Tls tls();

    Sessions sessions();

    Deliveries deliveries();

    Spool spool();

    /** How log records look. */
    enum LogFormat {
        TEXT,
        JSON
    }

    /** The certificate of the SMTP listeners; both keys or none. */
    interface Tls {
        /** A PEM file with the certificate and its chain. */
        Optional<Path> certificate();

        /** A PEM file with the private key (PKCS #8). */
        Optional<Path> key();
    }

    /** Bounds of incoming connections. */
    interface Sessions {
        /** Connections at once, per listener. */
        @WithDefault("2000")
        int most();

        /** Connections at once from one address. */
        @WithDefault("1500")
        int mostPerAddress();

        /** How long a client may take to send a command. */
        @WithDefault("5m")
        Duration commandTimeout();

        /** How long a connection may last in all. */
        @WithDefault("24h")
        Duration sessionTimeout();

        /** The least content, in octets a second over a minute, that a client must send. */
        @WithDefault("100")
        int leastBytesPerSecond();

        /** How long a stop waits for transactions under way. */
        @WithDefault("10s")
        Duration drainTimeout();
    }

    /** Bounds of outgoing deliveries. */
    interface Deliveries {
        /** Deliveries at once when there is little to do. */
        @WithDefault("10")
        int fewest();

        /** Deliveries at once when much waits. */
        @WithDefault("100")
        int most();

        /** The part of {@code most} that one provider account may have, in percent. */
        @WithDefault("50")
        int providerShare();

        /** How long a provider may take to begin to take a message. */
        @WithDefault("5m")
        Duration attemptTimeout();

        /** How long a stop waits for deliveries under way. */
        @WithDefault("15s")
        Duration drainTimeout();
    }

    /** The durable queue. */
    interface Spool {
        /** Memory for content that is arriving or fresh, in megabytes. */
        @WithDefault("48")
        int contentMemory();

        /** Free disk space, in megabytes, below which no mail is accepted. */
        @WithDefault("256")
        int minimumFree();

        /** How damage within the write-ahead log is met: {@code strict} refuses to start, {@code point-in-time} goes on without what lies behind the damage and logs the loss. A tail cut off by a kill is no damage. */
        @WithDefault("strict")
        Recovery recovery();
    }

    /** What to do with a damaged write-ahead log. */
    enum Recovery {
        STRICT,
        POINT_IN_TIME
    }
}
