package org.smtpproxy.queue.embedded;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;

import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.QueueHealth;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.Settlement;
import org.smtpproxy.queue.Settlement.Waiting;
import org.smtpproxy.queue.StaleLeaseException;
import org.smtpproxy.queue.WaitReason;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.smtpproxy.queue.Messages.LANE;
import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.octets;

/**
 * A process with a spool that does what standard input says and answers with a line: {@code ok} or what came out,
 * {@code unavailable} or {@code stale}.
 */
final class SpoolOnDemand {
    /** What its answers begin with; other lines are its log. */
    static final String ANSWER = "= ";

    private final EmbeddedSpool spool;
    private final List<LeasedPart> held = new ArrayList<>();

    private SpoolOnDemand(EmbeddedSpool spool) {
        this.spool = spool;
    }

    public static void main(String[] args) throws Exception {
        SpoolOptions options = SpoolOptions.at(Path.of(args[0]), MasterKey.read(Path.of(args[1])))
                .withMinimumFreeBytes(0);
        try (EmbeddedSpool spool = EmbeddedSpool.open(options)) {
            SpoolOnDemand program = new SpoolOnDemand(spool);
            var commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = commands.readLine(); line != null; line = commands.readLine()) {
                System.out.println(ANSWER + program.answer(line.split(" ", -1)));
            }
        }
    }

    private String answer(String[] command) throws Exception {
        try {
            return switch (command[0]) {
                case "enqueue" ->
                    enqueue(Integer.parseInt(command[1]), List.of(command).subList(2, command.length));
                case "claim" -> claim();
                case "split" -> split();
                case "finish" -> finish();
                case "health" ->
                    spool.health() instanceof QueueHealth.Failing failing ? "failing " + failing.reason() : "ok";
                case "events" -> "" + spool.read(0, 1_000).size();
                default -> throw new IllegalArgumentException(command[0]);
            };
        } catch (QueueUnavailableException e) {
            return "unavailable";
        } catch (CompletionException e) {
            if (e.getCause() instanceof QueueUnavailableException) {
                return "unavailable";
            }
            if (e.getCause() instanceof StaleLeaseException) {
                held.removeFirst();
                return "stale";
            }
            throw e;
        }
    }

    private String enqueue(int size, List<String> recipients) {
        NewMessage message = arrived(spool, LANE, Instant.now(), octets(size, size), recipients.toArray(String[]::new));
        spool.enqueue(message).join();
        return "ok";
    }

    /** Claims what is due, keeps it, and tells the recipients of all that is held. */
    private String claim() throws IOException {
        held.addAll(spool.claim(100, Long.MAX_VALUE, lane -> true));
        for (LeasedPart part : held) {
            if (Messages.read(part.content()).length != part.content().size()) {
                return "cut off";
            }
        }
        return held.stream()
                .flatMap(part -> part.recipients().stream())
                .map(recipient -> recipient.address().toString())
                .sorted()
                .collect(Collectors.joining(" "));
    }

    /** Gives each recipient of the first part held a part of its own, due at once. */
    private String split() {
        LeasedPart part = held.getFirst();
        List<Waiting> waiting = part.recipients().stream()
                .map(recipient ->
                        new Waiting(LANE, Instant.now(), WaitReason.TRANSIENT, Optional.empty(), List.of(recipient)))
                .toList();
        spool.settle(new Settlement(part.lease(), waiting, List.of(), List.of()))
                .join();
        held.removeFirst();
        return "ok";
    }

    private String finish() {
        spool.settle(Messages.finished(held.getFirst(), Instant.now())).join();
        held.removeFirst();
        return "ok";
    }
}
