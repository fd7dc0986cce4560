package org.smtpproxy.testkit.crash;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import org.smtpproxy.testkit.load.Options;
import org.smtpproxy.testkit.load.Target;
import org.smtpproxy.testkit.process.ProxyCommand;
import org.smtpproxy.testkit.process.ProxyProcess;

/**
 * Kills the real program with -9 at random moments under load, starts it again on the same data folder, and in the end
 * compares three books: the submitters' (what was sent), the ledger (what got a 250) and the sink's (what arrived).
 * Every acknowledged message must have been delivered byte by byte, one without a reply whole or not at all, nothing
 * else may appear, and second copies only as the rule in {@link RecordingSink} allows.
 */
public final class CrashRun {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration QUIET = Duration.ofSeconds(1);
    private static final int FAR_BEHIND = 1_500;
    private static final int KILLED_WHILE_STARTING_EVERY = 8;

    private final int rounds;
    private final ProxyCommand command;
    private final int connections;
    private final SplittableRandom random;
    private final Consumer<String> progress;
    private final long seed;
    private final Duration patience;
    private final RecordingSink sink;
    private final Ledger ledger;
    private final Submitter submitter;
    private int kills;

    /** What to run; the rest has defaults. */
    public record Plan(
            int rounds,
            List<String> program,
            Path folder,
            int connections,
            long seed,
            Duration patience,
            Map<String, String> environment,
            Consumer<String> progress) {

        public Plan connections(int count) {
            return new Plan(rounds, program, folder, count, seed, patience, environment, progress);
        }

        public Plan seed(long number) {
            return new Plan(rounds, program, folder, connections, number, patience, environment, progress);
        }

        /** How long nothing may arrive in the end before the rest counts as lost; more than the longest retry delay. */
        public Plan patience(Duration without) {
            return new Plan(rounds, program, folder, connections, seed, without, environment, progress);
        }

        /** Adds to the program's environment, for example an I/O fault library. */
        public Plan environment(Map<String, String> more) {
            return new Plan(rounds, program, folder, connections, seed, patience, more, progress);
        }

        public Plan progress(Consumer<String> listener) {
            return new Plan(rounds, program, folder, connections, seed, patience, environment, listener);
        }

        public CrashReport run() throws IOException, InterruptedException {
            Files.createDirectories(folder);
            try (var sink = new RecordingSink(seed);
                    var ledger = new Ledger(folder.resolve("ledger"))) {
                return new CrashRun(this, sink, ledger).run();
            }
        }
    }

    /** Kills the program so often; the empty folder gets its data, the state file and the ledger. */
    public static Plan rounds(int count, List<String> program, Path folder) {
        return new Plan(count, program, folder, 6, System.nanoTime(), PATIENCE, Map.of(), line -> {});
    }

    private CrashRun(Plan plan, RecordingSink sink, Ledger ledger) throws IOException {
        this.rounds = plan.rounds();
        this.connections = plan.connections();
        this.progress = plan.progress();
        this.seed = plan.seed();
        this.patience = plan.patience();
        this.random = new SplittableRandom(seed);
        this.sink = sink;
        this.ledger = ledger;
        this.submitter = new Submitter(seed, ledger);
        Path state = plan.folder().resolve("state.yaml");
        Files.writeString(state, stateFile(sink.firstPort(), sink.secondPort()));
        this.command = ProxyCommand.of(plan.program(), plan.folder().resolve("data"))
                .with("--apply", state.toString())
                .with(plan.environment())
                .logReader(sink::programSaid)
                .readyWithin(Duration.ofMinutes(2));
    }

    private CrashReport run() throws IOException, InterruptedException {
        for (int round = 1; round <= rounds && sink.problems().isEmpty(); round++) {
            boolean whileStarting = round > 1 && random.nextInt(KILLED_WHILE_STARTING_EVERY) == 0;
            String what = whileStarting ? killWhileStarting() : killUnderLoad();
            progress.accept("round " + round + "/" + rounds + ": " + what + ", "
                    + submitter.submissions().size() + " submitted so far, " + behind() + " to be delivered");
        }
        drain();
        return Verdict.of(seed, kills, ledger, submitter, sink);
    }

    private String killUnderLoad() throws IOException, InterruptedException {
        int killAfter = random.nextInt(30, 900);
        try (ProxyProcess proxy = command.start()) {
            var wanted = new AtomicBoolean(true);
            List<Thread> clients = new ArrayList<>();
            Target target = Target.open(proxy.smtp());
            for (int i = 0; i < connections; i++) {
                clients.add(Thread.ofVirtual().start(() -> submit(target, wanted)));
            }
            Thread.sleep(killAfter);
            proxy.kill();
            wanted.set(false);
            kills++;
            sink.killed();
            for (Thread client : clients) {
                client.join();
            }
            return "started in " + proxy.startTook().toMillis() + " ms, killed after " + killAfter + " ms of load";
        }
    }

    private String killWhileStarting() throws IOException, InterruptedException {
        var killAfter = Duration.ofMillis(random.nextInt(50, 1_200));
        ProxyProcess.killWhileStarting(command, killAfter);
        kills++;
        sink.killed();
        return "killed " + killAfter.toMillis() + " ms after its start";
    }

    /** The last start must deliver the rest and stop cleanly; the one after it must have nothing left but new mail. */
    private void drain() throws IOException, InterruptedException {
        try (ProxyProcess proxy = command.start()) {
            Set<Integer> promised = ledger.read();
            promised.addAll(sink.arrived());
            awaitDelivered(promised);
            stop(proxy);
        }
        try (ProxyProcess proxy = command.start()) {
            awaitDelivered(Set.of(submitter.submitOne(Target.open(proxy.smtp()))));
            // Whatever it should not have kept would be due by now.
            Thread.sleep(QUIET);
            stop(proxy);
        }
    }

    private void stop(ProxyProcess proxy) throws IOException, InterruptedException {
        int exit = proxy.terminate(Duration.ofSeconds(30));
        if (exit != 0) {
            sink.problem("exit code " + exit + " after SIGTERM");
        }
    }

    /** Waits as long as mail goes on arriving; what is missing in the end is the verdict's to say. */
    private void awaitDelivered(Set<Integer> expected) throws InterruptedException {
        Set<Integer> missing = new HashSet<>(expected);
        long lastProgress = System.nanoTime();
        while (!missing.isEmpty() && System.nanoTime() - lastProgress < patience.toNanos()) {
            if (missing.removeIf(sink::hasWhole)) {
                lastProgress = System.nanoTime();
            }
            Thread.sleep(20);
        }
    }

    private void submit(Target target, AtomicBoolean wanted) {
        try {
            submitter.submitWhile(target, wanted::get, () -> behind() > FAR_BEHIND);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** How many acknowledged messages wait in the program. */
    private int behind() {
        return ledger.outstanding(sink::hasArrived);
    }

    private static String stateFile(int first, int second) {
        return """
                tenants:
                  - id: crash
                    trustedNetworks: ["127.0.0.1/32"]
                    providers:
                      - {id: first, type: smtp, host: 127.0.0.1, port: %d, tls: none}
                      - {id: second, type: smtp, host: 127.0.0.1, port: %d, tls: none}
                    retry: {initial: 1s, factor: 2, jitter: 0.2, max: 2s, maxAttempts: 1000, lifetime: 48h}
                    routes:
                      - {name: default, to: [first, second]}
                """.formatted(first, second);
    }

    /** <code>--rounds N --dir FOLDER [--seed S] [--connections C] --program bin/smtp-proxy</code>. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        var options = new Options(arguments);
        Path folder = options.has("--dir")
                ? Path.of(options.text("--dir", ""))
                : Files.createTempDirectory("smtp-proxy-crash");
        Plan plan = rounds(
                        options.number("--rounds", 20),
                        List.of(options.text("--program", "bin/smtp-proxy").split(" ")),
                        folder)
                .connections(options.number("--connections", 6))
                .progress(System.out::println);
        CrashReport report =
                (options.has("--seed") ? plan.seed(Long.parseLong(options.text("--seed", ""))) : plan).run();
        System.out.print(report.format());
        if (!report.isClean()) {
            System.out.println("data and ledger are kept in " + folder);
        }
        System.exit(report.isClean() ? 0 : 1);
    }
}
