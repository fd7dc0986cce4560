package org.smtpproxy.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.app.node.InvalidStateException;
import org.smtpproxy.app.node.Node;
import org.smtpproxy.app.settings.Settings;
import org.smtpproxy.app.settings.Settings.LogFormat;
import org.smtpproxy.app.settings.SettingsReader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code run}: the server, in the foreground, until SIGTERM. */
@Command(
        name = "run",
        description = "Accepts, queues and relays mail. Prints one line when ready; logs go to standard error.",
        mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
    private static final int BAD_CONFIGURATION = 78;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--data", paramLabel = "DIR", description = "Folder for everything that is kept (./data)")
    private @Nullable String data;

    @Option(names = "--bind", paramLabel = "ADDR", description = "Address of all listeners (127.0.0.1)")
    private @Nullable String bind;

    @Option(names = "--smtp-port", paramLabel = "PORT", description = "SMTP with STARTTLS (2525); 0 = any free port")
    private @Nullable String smtpPort;

    @Option(names = "--smtps-port", paramLabel = "PORT", description = "SMTP over implicit TLS (2465)")
    private @Nullable String smtpsPort;

    @Option(names = "--http-port", paramLabel = "PORT", description = "Health, metrics and REST API (8080)")
    private @Nullable String httpPort;

    @Option(names = "--apply", paramLabel = "FILE", description = "State file to merge into the configuration")
    private @Nullable String apply;

    @Option(names = "--log", paramLabel = "text|json", description = "How log records look (text)")
    private @Nullable String log;

    @Option(names = "--config", paramLabel = "FILE", description = "Settings as YAML; see docs/settings.md")
    private @Nullable Path config;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Logging.configure(LogFormat.TEXT);
        try {
            Settings settings = SettingsReader.read(flags(), Optional.ofNullable(config), System.getenv());
            Logging.configure(settings.log());
            return run(settings);
        } catch (SettingsReader.InvalidSettingsException invalid) {
            complain("The settings are not valid:", List.of(String.valueOf(invalid.getMessage())));
            return BAD_CONFIGURATION;
        } catch (InvalidStateException invalid) {
            complain("The state file is not valid, nothing was applied:", invalid.problems());
            return BAD_CONFIGURATION;
        }
    }

    private int run(Settings settings) throws IOException, InterruptedException {
        Node node = Node.start(settings);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node), "stop"));
        node.firstStart().ifPresent(welcome -> spec.commandLine().getErr().println(welcome.box()));
        spec.commandLine().getOut().println(node.readyLine());
        spec.commandLine().getOut().flush();
        new CountDownLatch(1).await();
        return 0;
    }

    /** The JVM would end with 143 after SIGTERM, however well it stopped; supervisors want to see 0. */
    private static void stop(Node node) {
        node.stop();
        Runtime.getRuntime().halt(0);
    }

    private void complain(String headline, List<String> problems) {
        spec.commandLine().getErr().println(headline);
        problems.forEach(problem -> spec.commandLine().getErr().println("  " + problem));
    }

    private Map<String, String> flags() {
        Map<String, String> flags = new HashMap<>();
        put(flags, "data", data);
        put(flags, "bind", bind);
        put(flags, "smtp-port", smtpPort);
        put(flags, "smtps-port", smtpsPort);
        put(flags, "http-port", httpPort);
        put(flags, "apply", apply);
        put(flags, "log", log);
        return flags;
    }

    private static void put(Map<String, String> flags, String key, @Nullable String value) {
        if (value != null) {
            flags.put(key, value);
        }
    }
}
