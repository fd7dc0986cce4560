package org.smtpproxy.providers.smtp;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

import org.smtpproxy.provider.EspProvider;
import org.smtpproxy.provider.ProviderContext;
import org.smtpproxy.provider.ProviderFactory;
import org.smtpproxy.provider.ProviderSettings;
import org.smtpproxy.provider.Setting;
import org.smtpproxy.provider.SettingsSchema;
import org.smtpproxy.provider.SettingsSchema.Problem;
import org.smtpproxy.smtp.client.ClientSettings;
import org.smtpproxy.smtp.client.DeadlineReaper;
import org.smtpproxy.smtp.client.Login;
import org.smtpproxy.smtp.client.SmtpClient;
import org.smtpproxy.smtp.client.Timeouts;
import org.smtpproxy.smtp.client.TlsMode;
import org.smtpproxy.smtp.client.TrustedCertificates;

/** Makes accounts of type {@code smtp}. All of them share one deadline reaper. */
public final class SmtpProviderFactory implements ProviderFactory {
    /** A name or IPv4 address, or an IPv6 address, which has two colons at least. */
    private static final Pattern HOST =
            Pattern.compile("[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*");

    private static final int PORT_OF_SUBMISSION = 587;
    private static final int PORT_OF_IMPLICIT_TLS = 465;

    private final DeadlineReaper reaper = new DeadlineReaper();

    @Override
    public String type() {
        return "smtp";
    }

    @Override
    public SettingsSchema schema() {
        return new SettingsSchema(
                List.of(
                        Setting.required("host", Setting.Type.STRING, "Name or address of the server."),
                        Setting.optional("port", Setting.Type.INTEGER, "Its port; 465 with tls: implicit, else 587."),
                        new Setting(
                                "tls",
                                Setting.Type.CHOICE,
                                false,
                                Optional.empty(),
                                List.of("none", "opportunistic", "required", "implicit"),
                                "Encryption; required when there is a username, else opportunistic."),
                        Setting.optional(
                                "caFile",
                                Setting.Type.FILE,
                                "PEM bundle of authorities to trust in place of the system's."),
                        Setting.optional("username", Setting.Type.STRING, "Login name for AUTH."),
                        Setting.optional("password", Setting.Type.SECRET, "Password for AUTH."),
                        Setting.withDefault(
                                "maxConnections", Setting.Type.INTEGER, 20, "Most connections at one time."),
                        Setting.withDefault(
                                "maxMessagesPerConnection",
                                Setting.Type.INTEGER,
                                100,
                                "After so many messages a connection is closed."),
                        Setting.withDefault(
                                "idleTimeout",
                                Setting.Type.DURATION,
                                "30s",
                                "An unused connection is closed after this."),
                        Setting.withDefault(
                                "connectTimeout", Setting.Type.DURATION, "10s", "Time to connect, over all addresses."),
                        Setting.withDefault(
                                "commandTimeout",
                                Setting.Type.DURATION,
                                "30s",
                                "Time for each reply and each block of content; the reply to the whole message has 10"
                                        + " minutes."),
                        Setting.optional("headers", Setting.Type.HEADERS, "Header fields put on top of each message.")),
                SmtpProviderFactory::problems);
    }

    @Override
    public EspProvider create(ProviderSettings settings, ProviderContext context) {
        TlsMode tls = tls(settings);
        SmtpClient client = new SmtpClient(
                new ClientSettings(
                        settings.string("host"),
                        port(settings, tls),
                        tls,
                        settings.optionalFile("caFile").map(SmtpProviderFactory::trusted),
                        context.hostName(),
                        settings.optionalString("username").map(name -> new Login(name, settings.secret("password"))),
                        new Timeouts(settings.duration("connectTimeout"), settings.duration("commandTimeout"))),
                reaper);
        ConnectionPool pool = new ConnectionPool(
                settings.integer("maxConnections"),
                settings.integer("maxMessagesPerConnection"),
                settings.duration("idleTimeout"));
        return new SmtpProvider(settings.string("host"), client, pool, new HeaderFields(settings.headers("headers")));
    }

    private static List<Problem> problems(ProviderSettings settings) {
        List<Problem> problems = new ArrayList<>();
        TlsMode tls = tls(settings);
        if (!HOST.matcher(settings.string("host")).matches()) {
            problems.add(new Problem("host", "must be a host name or an address, without port or brackets"));
        }
        if (port(settings, tls) > 65535) {
            problems.add(new Problem("port", "must be at most 65535"));
        }
        if (settings.has("username") != settings.has("password")) {
            String missing = settings.has("username") ? "password" : "username";
            problems.add(new Problem(missing, "is missing: username and password go together"));
        }
        settings.optionalFile("caFile").ifPresent(file -> {
            if (tls == TlsMode.NONE || (tls == TlsMode.OPPORTUNISTIC && !settings.has("username"))) {
                problems.add(new Problem("caFile", "has no effect unless tls is required or implicit"));
            }
            try {
                TrustedCertificates.read(file);
            } catch (IOException e) {
                problems.add(new Problem("caFile", String.valueOf(e.getMessage())));
            }
        });
        return problems;
    }

    private static TlsMode tls(ProviderSettings settings) {
        return settings.optionalString("tls")
                .map(word -> TlsMode.valueOf(word.toUpperCase(Locale.ROOT)))
                .orElse(settings.has("username") ? TlsMode.REQUIRED : TlsMode.OPPORTUNISTIC);
    }

    private static int port(ProviderSettings settings, TlsMode tls) {
        if (settings.has("port")) {
            return settings.integer("port");
        }
        return tls == TlsMode.IMPLICIT ? PORT_OF_IMPLICIT_TLS : PORT_OF_SUBMISSION;
    }

    private static TrustedCertificates trusted(Path file) {
        try {
            return TrustedCertificates.read(file);
        } catch (IOException e) {
            throw new UncheckedIOException("caFile " + file, e);
        }
    }
}
