package org.smtpproxy.testkit.crash;

import java.util.List;
import java.util.Locale;

/**
 * What a crash run found.
 *
 * @param acknowledged messages with a 250 in the ledger
 * @param unanswered messages that were sent whole and got no reply
 * @param second copies that came a second time, all of them for attempts in flight at a kill unless a problem says so
 * @param problems broken promises; none, if all is well
 */
public record CrashReport(
        long seed, int kills, int acknowledged, int unanswered, int delivered, int second, List<String> problems) {

    public CrashReport {
        problems = List.copyOf(problems);
    }

    public boolean isClean() {
        return problems.isEmpty();
    }

    public String format() {
        String text = String.format(
                Locale.ROOT,
                "seed %d: %d kills, %d messages acknowledged, %d sent without a reply, %d copies delivered, "
                        + "%d of them a second time after a kill, %d problems%n",
                seed,
                kills,
                acknowledged,
                unanswered,
                delivered,
                second,
                problems.size());
        return text + String.join("\n", problems) + (problems.isEmpty() ? "" : "\n");
    }
}
