package org.smtpproxy.tenancy;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.smtpproxy.tenancy.RetryPolicy.Backoff;
import org.smtpproxy.tenancy.state.Problems;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.Written;

/** Turns a written retry policy into one that can be asked. What it leaves out comes from the defaults. */
final class RetryCompiler {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration LONGEST = Duration.ofDays(365);
    private static final int MOST_ATTEMPTS = 1000;

    private final Problems problems;

    RetryCompiler(Problems problems) {
        this.problems = problems;
    }

    RetryPolicy compile(State.Retry retry) {
        Backoff base = backoff(retry.base(), Backoff.DEFAULT);
        Map<FailureType, Backoff> on = new EnumMap<>(FailureType.class);
        retry.on()
                .forEach((type, override) ->
                        on.put(FailureType.valueOf(type.toUpperCase(Locale.ROOT)), backoff(override, base)));
        return new RetryPolicy(
                base,
                on,
                retry.maxAttempts().map(this::attempts).orElse(RetryPolicy.DEFAULT.maxAttempts()),
                retry.lifetime().flatMap(this::duration).orElse(RetryPolicy.DEFAULT.lifetime()));
    }

    private Backoff backoff(State.Backoff written, Backoff inherited) {
        Duration initial = written.initial().flatMap(this::duration).orElse(inherited.initial());
        Duration max = written.max().flatMap(this::duration).orElse(inherited.max());
        double factor = written.factor()
                .filter(value -> inRange(
                        value, value.value() >= 1 && value.value() <= Backoff.LARGEST_FACTOR, "must be 1 to 100"))
                .map(Written::value)
                .orElse(inherited.factor());
        double jitter = written.jitter()
                .filter(value ->
                        inRange(value, value.value() >= 0 && value.value() < 1, "must be 0 or more and less than 1"))
                .map(Written::value)
                .orElse(inherited.jitter());
        if (max.compareTo(initial) < 0) {
            problems.add(written.max().or(written::initial).orElseThrow().place(), "max is shorter than initial");
            return inherited;
        }
        return new Backoff(initial, factor, jitter, max);
    }

    private int attempts(Written<Long> attempts) {
        boolean fits = inRange(
                attempts, attempts.value() >= 1 && attempts.value() <= MOST_ATTEMPTS, "must be 1 to " + MOST_ATTEMPTS);
        return fits ? attempts.value().intValue() : RetryPolicy.DEFAULT.maxAttempts();
    }

    private boolean inRange(Written<?> written, boolean fits, String text) {
        if (!fits) {
            problems.add(written.place(), text);
        }
        return fits;
    }

    private Optional<Duration> duration(Written<String> written) {
        Optional<Duration> duration = parse(written.value())
                .filter(length -> length.compareTo(SHORTEST) >= 0 && length.compareTo(LONGEST) <= 0);
        if (duration.isEmpty()) {
            problems.add(written.place(), "must be a duration of 1ms to 365d such as 30s, 5m or 48h");
        }
        return duration;
    }

    private static Optional<Duration> parse(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return iso(text);
        }
        long amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    case "h" -> Duration.ofHours(amount);
                    default -> Duration.ofDays(amount);
                });
    }

    /** ISO 8601, as the REST interface has durations. */
    private static Optional<Duration> iso(String text) {
        try {
            return Optional.of(Duration.parse(text));
        } catch (DateTimeParseException | ArithmeticException notADuration) {
            return Optional.empty();
        }
    }
}
