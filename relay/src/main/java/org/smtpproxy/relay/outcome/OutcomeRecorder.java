package org.smtpproxy.relay.outcome;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.queue.MessageQueue;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.Settlement;
import org.smtpproxy.queue.StaleLeaseException;
import org.smtpproxy.relay.events.Reporting;
import org.smtpproxy.relay.provider.Answered;

/**
 * Makes outcomes durable, then tells of them. An outcome is never dropped while the process lives: when the disk
 * fails, this waits until it is back, and the delivery's place stays taken, so that nothing more is sent meanwhile.
 */
public final class OutcomeRecorder {
    private static final Logger LOG = LoggerFactory.getLogger(OutcomeRecorder.class);
    private static final Duration PAUSE = Duration.ofMillis(100);

    private final MessageQueue queue;
    private final Outcomes outcomes;
    private final Reporting reporting;

    public OutcomeRecorder(MessageQueue queue, Outcomes outcomes, Reporting reporting) {
        this.queue = queue;
        this.outcomes = outcomes;
        this.reporting = reporting;
    }

    /**
     * Ends an attempt's lease.
     *
     * @param answers for each recipient of the part, in order, what the candidates said, in order
     * @param stopping whether the process is ending, so that an outcome that can't be recorded is given up on
     */
    public void record(Outcomes.Attempted attempted, List<List<Answered>> answers, BooleanSupplier stopping)
            throws InterruptedException {
        Settlement settlement = outcomes.settle(attempted, answers);
        while (!recorded(settlement, stopping)) {
            TimeUnit.NANOSECONDS.sleep(PAUSE.toNanos());
        }
    }

    private boolean recorded(Settlement settlement, BooleanSupplier stopping) {
        try {
            queue.settle(settlement).join();
            settlement.events().forEach(event -> {
                reporting.log().event(event);
                reporting.metrics().settled(event);
            });
            return true;
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof StaleLeaseException stale) {
                LOG.warn("an outcome came too late: {}", stale.getMessage());
                return true;
            }
            if (failed.getCause() instanceof QueueUnavailableException && !stopping.getAsBoolean()) {
                return false;
            }
            throw failed;
        }
    }
}
