package org.smtpproxy.testkit.sink;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * What a {@link SmtpSink} offers and where it misbehaves. Without faults it accepts everything, offering PIPELINING,
 * 8BITMIME, SMTPUTF8, SIZE, CHUNKING and ENHANCEDSTATUSCODES.
 */
public final class SinkScript {
    private final List<String> extensions =
            new ArrayList<>(List.of("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE", "CHUNKING", "ENHANCEDSTATUSCODES"));
    private final List<Rule> rules = new ArrayList<>();
    private Optional<SSLContext> tls = Optional.empty();
    private boolean implicitTls;
    private Optional<String> login = Optional.empty();

    /** Does not offer an extension. */
    public SinkScript without(String extension) {
        extensions.removeIf(line -> line.equals(extension) || line.startsWith(extension + " "));
        return this;
    }

    /** Offers an extension, in place of the line that begins with the same word. */
    public SinkScript offering(String line) {
        without(line.split(" ", 2)[0]);
        extensions.add(line);
        return this;
    }

    /** Offers STARTTLS. */
    public SinkScript startTls(SSLContext context) {
        tls = Optional.of(context);
        return offering("STARTTLS");
    }

    /** Speaks TLS from the first octet. */
    public SinkScript implicitTls(SSLContext context) {
        tls = Optional.of(context);
        implicitTls = true;
        return this;
    }

    /** Takes mail only after this login, by one of the mechanisms. */
    public SinkScript login(String mechanisms, String username, String password) {
        login = Optional.of(username + "\0" + password);
        return offering("AUTH " + mechanisms);
    }

    /** Misbehaves each time. */
    public SinkScript on(SinkStep step, SinkFault fault) {
        rules.add(new Rule(step, 0, fault, new AtomicInteger(Integer.MAX_VALUE)));
        return this;
    }

    /** Misbehaves the first time only, whichever connection comes first. */
    public SinkScript once(SinkStep step, SinkFault fault) {
        rules.add(new Rule(step, 0, fault, new AtomicInteger(1)));
        return this;
    }

    /** Misbehaves at the n-th RCPT of each transaction. */
    public SinkScript onRecipient(int number, SinkFault fault) {
        rules.add(new Rule(SinkStep.RCPT, number, fault, new AtomicInteger(Integer.MAX_VALUE)));
        return this;
    }

    private record Rule(SinkStep step, int number, SinkFault fault, AtomicInteger left) {
        boolean applies(SinkStep now, int count) {
            return now == step
                    && (number == 0 || number == count)
                    && left.getAndUpdate(n -> n == 0 || n == Integer.MAX_VALUE ? n : n - 1) > 0;
        }
    }

    Optional<SinkFault> fault(SinkStep step, int count) {
        return rules.stream()
                .filter(rule -> rule.applies(step, count))
                .map(Rule::fault)
                .findFirst();
    }

    List<String> extensions(boolean encrypted) {
        return extensions.stream()
                .filter(line -> !encrypted || !line.equals("STARTTLS"))
                .toList();
    }

    Optional<SSLContext> tls() {
        return tls;
    }

    boolean isTlsImplicit() {
        return implicitTls;
    }

    /** User name, NUL, password. */
    Optional<String> login() {
        return login;
    }
}
