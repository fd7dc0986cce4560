package org.smtpproxy.app.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import javax.net.ssl.SSLContext;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.app.operations.Api;
import org.smtpproxy.app.operations.OperationsServer;
import org.smtpproxy.app.settings.Settings;
import org.smtpproxy.app.tls.SelfSignedCertificate;
import org.smtpproxy.app.tls.ServerCertificate;
import org.smtpproxy.mail.Secret;
import org.smtpproxy.providers.capture.CaptureStore;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.queue.embedded.EmbeddedSpool;
import org.smtpproxy.queue.embedded.SpoolOptions;
import org.smtpproxy.queue.encryption.MasterKey;
import org.smtpproxy.relay.acceptance.Acceptance;
import org.smtpproxy.relay.dispatch.AttemptMaker;
import org.smtpproxy.relay.dispatch.DispatchOptions;
import org.smtpproxy.relay.dispatch.Dispatcher;
import org.smtpproxy.relay.events.DeliveryLog;
import org.smtpproxy.relay.events.RelayMetrics;
import org.smtpproxy.relay.events.Reporting;
import org.smtpproxy.relay.ingress.Ingress;
import org.smtpproxy.relay.outcome.OutcomeRecorder;
import org.smtpproxy.relay.outcome.Outcomes;
import org.smtpproxy.relay.provider.ProviderAccounts;
import org.smtpproxy.relay.provider.ProviderCatalogue;

/**
 * A running node: queue, deliveries, listeners and operations, put together here and nowhere else. They start in that
 * order and stop in reverse: first nobody gets in, then what is under way ends, then the queue closes.
 */
public final class Node {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final Duration LEASE_RENEWAL = Duration.ofMinutes(4);
    private static final long MEGABYTE = 1024 * 1024;

    private final Settings settings;
    private final FileLock lock;
    private final NodeConfiguration configuration;
    private final EmbeddedSpool spool;
    private final ProviderAccounts accounts;
    private final Dispatcher dispatcher;
    private final OperationsServer operations;
    private final Listeners listeners;
    private volatile boolean stopping;

    private Node(Settings settings, DataFolder folder, FileLock lock, MasterKey key) throws IOException {
        this.settings = settings;
        this.lock = lock;
        String hostName = settings.hostName().orElseGet(Node::ownHostName);
        ProviderCatalogue catalogue = ProviderCatalogue.installed();
        this.configuration = NodeConfiguration.load(
                new SealedFile(folder.stateFile(), key.derive("state file")),
                settings.apply(),
                catalogue,
                key.derive("password digests").getEncoded());
        SSLContext tls = certificate(folder, hostName).context();
        this.spool = EmbeddedSpool.open(spoolOptions(folder, key));
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        RelayMetrics metrics = new RelayMetrics(registry);
        Reporting reporting = new Reporting(new DeliveryLog(settings.logAddresses()), metrics, Clock.systemUTC());
        this.accounts = new ProviderAccounts(
                configuration, catalogue, hostName, folder.providers(), providerShare(settings.deliveries()));
        this.dispatcher = dispatcher(reporting);
        this.operations = new OperationsServer(
                new InetSocketAddress(settings.bind(), settings.httpPort()),
                this::troubles,
                registry::scrape,
                apiKey(folder),
                new Api(
                        configuration,
                        spool,
                        new CaptureStore(folder.providers().resolve("capture"))));
        NodeMetrics.register(registry, spool, dispatcher, folder.spool());
        dispatcher.start();
        operations.start();
        this.listeners = Listeners.open(
                settings,
                hostName,
                tls,
                new Ingress(configuration, new Acceptance(spool, hostName, reporting)),
                metrics);
        PrivateFile.write(folder.addressFile(), "http://" + text(operations.address()) + "\n");
    }

    /** Reads everything, opens the queue, and lets clients in last. */
    public static Node start(Settings settings) throws IOException {
        DataFolder folder = new DataFolder(settings.data());
        folder.create();
        FileLock lock = folder.lock();
        folder.prepare();
        return new Node(settings, folder, lock, folder.masterKey());
    }

    /** The line that tells scripts that the node is up, and where. */
    public String readyLine() {
        return "ready smtp=" + text(listeners.smtp()) + " smtps=" + text(listeners.smtps()) + " http=http://"
                + text(operations.address()) + " data=" + settings.data();
    }

    /** What to tell whoever started this node for the first time. */
    public Optional<FirstStart> firstStart() {
        return configuration
                .demoPassword()
                .map(password -> new FirstStart(
                        FirstStart.USERNAME,
                        password,
                        listeners.smtp().getHostString(),
                        listeners.smtp().getPort(),
                        settings.data().toString()));
    }

    /** Stops within the drain times of the settings; what is not delivered by then stays in the queue. */
    public void stop() {
        stopping = true;
        LOG.info("stopping");
        try {
            listeners.drain(settings.sessions().drainTimeout());
            if (!dispatcher.drain(settings.deliveries().drainTimeout())) {
                LOG.info("{} deliveries did not end in time and stay in the queue", dispatcher.running());
            }
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        dispatcher.close();
        accounts.close();
        operations.close();
        spool.close();
        unlock();
        LOG.info("stopped");
    }

    private void unlock() {
        try {
            lock.channel().close();
        } catch (IOException e) {
            LOG.debug("the end of the process will unlock the data folder", e);
        }
    }

    private List<String> troubles() {
        if (stopping) {
            return List.of("stopping");
        }
        return switch (spool.health()) {
            case QueueHealth.Healthy healthy -> List.of();
            case QueueHealth.Strained strained -> List.of();
            case QueueHealth.Failing failing -> List.of("spool: " + failing.reason());
        };
    }

    private Dispatcher dispatcher(Reporting reporting) {
        Settings.Deliveries deliveries = settings.deliveries();
        Outcomes outcomes = new Outcomes(reporting.clock(), new Random());
        AttemptMaker attempts = new AttemptMaker(
                spool,
                configuration,
                accounts,
                new OutcomeRecorder(spool, outcomes, reporting),
                reporting,
                deliveries.attemptTimeout());
        DispatchOptions options = new DispatchOptions(deliveries.fewest(), deliveries.most(), LEASE_RENEWAL);
        return new Dispatcher(spool, accounts, attempts, options, reporting.clock());
    }

    private ServerCertificate certificate(DataFolder folder, String hostName) throws IOException {
        Settings.Tls tls = settings.tls();
        if (tls.certificate().isPresent() && tls.key().isPresent()) {
            return new ServerCertificate(tls.certificate().get(), tls.key().get());
        }
        ServerCertificate own = folder.certificate();
        if (!Files.exists(own.key())) {
            SelfSignedCertificate.write(own, hostName, Clock.systemUTC().instant());
        }
        return own;
    }

    private SpoolOptions spoolOptions(DataFolder folder, MasterKey key) {
        return SpoolOptions.at(folder.spool(), key)
                .withContentMemory(settings.spool().contentMemory() * MEGABYTE)
                .withMinimumFreeBytes(settings.spool().minimumFree() * MEGABYTE)
                .withRecovery(
                        switch (settings.spool().recovery()) {
                            case STRICT -> SpoolOptions.Recovery.CUT_OFF_TAIL;
                            case POINT_IN_TIME -> SpoolOptions.Recovery.POINT_IN_TIME;
                        });
    }

    private Secret apiKey(DataFolder folder) throws IOException {
        Optional<String> given = settings.bootstrapApiKey();
        Path file = folder.apiKeyFile();
        if (given.isPresent()) {
            PrivateFile.write(file, given.get() + "\n");
        } else if (!Files.exists(file)) {
            PrivateFile.write(file, FirstStart.newSecret().reveal() + "\n");
        }
        return new Secret(Files.readString(file).strip());
    }

    private static int providerShare(Settings.Deliveries deliveries) {
        return Math.max(1, deliveries.most() * deliveries.providerShare() / 100);
    }

    private static String text(InetSocketAddress address) {
        String host = address.getHostString();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    private static String ownHostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (IOException unknown) {
            return "localhost";
        }
    }
}
