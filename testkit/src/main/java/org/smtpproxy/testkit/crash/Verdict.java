package org.smtpproxy.testkit.crash;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Compares the ledger and the submitters' book with what the sink saw. {@link RecordingSink} has the rule for copies. */
final class Verdict {
    private final long seed;
    private final Set<Integer> ledger;
    private final Map<Integer, Submission> submissions;
    private final RecordingSink sink;
    private final List<String> problems;
    private int delivered;
    private int second;

    private Verdict(long seed, Set<Integer> ledger, Map<Integer, Submission> submissions, RecordingSink sink) {
        this.seed = seed;
        this.ledger = ledger;
        this.submissions = submissions;
        this.sink = sink;
        this.problems = new ArrayList<>(sink.problems());
    }

    static CrashReport of(long seed, int kills, Ledger ledger, Submitter submitter, RecordingSink sink)
            throws IOException {
        var verdict = new Verdict(seed, ledger.read(), submitter.submissions(), sink);
        verdict.judge();
        int unanswered = (int) submitter.submissions().values().stream()
                .filter(Submission.UNANSWERED::equals)
                .count();
        return new CrashReport(
                seed, kills, verdict.ledger.size(), unanswered, verdict.delivered, verdict.second, verdict.problems);
    }

    private void judge() {
        var numbers = new TreeSet<>(ledger);
        numbers.addAll(sink.arrived());
        for (int number : numbers) {
            judge(number);
        }
    }

    private void judge(int number) {
        List<Arrival> arrivals = sink.arrivals(number);
        if (!mayAppear(number)) {
            problem(number, "appeared, though its submission was " + submissions.get(number));
        }
        List<String> recipients = CrashMessage.of(seed, number).recipients();
        int complete = 0;
        for (String recipient : recipients) {
            List<Arrival> copies = arrivals.stream()
                    .filter(arrival -> arrival.recipients().contains(recipient))
                    .toList();
            judgeCopies(number, recipient, copies);
            if (copies.stream().anyMatch(Arrival::isAnswered)) {
                complete++;
            }
        }
        if (complete < recipients.size() && (ledger.contains(number) || complete > 0)) {
            problem(number, "delivered to " + complete + " of " + recipients.size() + " recipients");
        }
    }

    private boolean mayAppear(int number) {
        return ledger.contains(number) || submissions.get(number) == Submission.UNANSWERED;
    }

    private void judgeCopies(int number, String recipient, List<Arrival> copies) {
        delivered += copies.size();
        for (int i = 0; i < copies.size() - 1; i++) {
            second++;
            if (!copies.get(i).wasInFlightAtKill()) {
                problem(number, "a second copy for " + recipient + " after one that was settled");
            }
        }
    }

    private void problem(int number, String what) {
        problems.add("message " + number + ": " + what);
    }
}
