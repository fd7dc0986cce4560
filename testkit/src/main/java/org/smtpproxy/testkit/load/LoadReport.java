package org.smtpproxy.testkit.load;

import java.time.Duration;
import java.util.Locale;
import java.util.Map;

import org.HdrHistogram.Histogram;

/**
 * What a load run measured. Latencies are in microseconds. Both histograms count from the moment a message was due, so a
 * server that stalls is charged for all the messages that had to wait meanwhile (no coordinated omission).
 *
 * @param elapsed from the first message to the last reply, without the time to connect
 * @param endOfData from the end of the content to its 250, plus what the message started too late
 * @param transaction from the moment the message was due, before MAIL, to its 250
 * @param failures messages that were not accepted, by reply or by what broke
 */
public record LoadReport(
        int connections,
        Duration connecting,
        Duration elapsed,
        int accepted,
        Map<String, Integer> failures,
        Histogram endOfData,
        Histogram transaction) {

    public LoadReport {
        failures = Map.copyOf(failures);
    }

    public double perSecond() {
        return accepted == 0 ? 0 : accepted / (elapsed.toNanos() / 1e9);
    }

    public int failed() {
        return failures.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** The end-of-data → 250 latency that this share of messages stayed within. */
    public Duration endOfDataPercentile(double percent) {
        return Duration.ofNanos(endOfData.getValueAtPercentile(percent) * 1_000);
    }

    /** The whole report as lines of <code>name value</code>, for people and for scripts. */
    public String format() {
        var text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "connections        %d (connected in %.2f s)%naccepted           %d in %.3f s%nrate               %.0f msg/s%n",
                connections,
                connecting.toNanos() / 1e9,
                accepted,
                elapsed.toNanos() / 1e9,
                perSecond()));
        append(text, "end-of-data→250 ms", endOfData);
        append(text, "transaction ms    ", transaction);
        text.append(String.format("failed             %d%n", failed()));
        failures.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(failure -> text.append(String.format("  %6d × %s%n", failure.getValue(), failure.getKey())));
        return text.toString();
    }

    private static void append(StringBuilder text, String name, Histogram histogram) {
        text.append(String.format(
                Locale.ROOT,
                "%s p50 %.2f  p90 %.2f  p99 %.2f  p99.9 %.2f  max %.2f%n",
                name,
                histogram.getValueAtPercentile(50) / 1e3,
                histogram.getValueAtPercentile(90) / 1e3,
                histogram.getValueAtPercentile(99) / 1e3,
                histogram.getValueAtPercentile(99.9) / 1e3,
                histogram.getMaxValue() / 1e3));
    }
}
