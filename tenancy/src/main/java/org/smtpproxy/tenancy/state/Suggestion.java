package org.smtpproxy.tenancy.state;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The known word that a wrong one was probably meant to be. */
public final class Suggestion {
    private Suggestion() {}

    /** {@code "; did you mean relay-a?"}, or nothing when no word is near. */
    public static String near(String wrong, Collection<String> known) {
        return nearest(wrong, known).map(word -> "; did you mean " + word + "?").orElse("");
    }

    private static Optional<String> nearest(String wrong, Collection<String> known) {
        int furthest = Math.max(1, wrong.length() / 3);
        return known.stream()
                .filter(word -> Math.abs(word.length() - wrong.length()) <= furthest)
                .map(word -> new Near(word, distance(wrong, word)))
                .filter(near -> near.distance <= furthest)
                .min(Comparator.comparingInt(Near::distance).thenComparing(Near::word))
                .map(Near::word);
    }

    private record Near(String word, int distance) {}

    /** Optimal string alignment: insertions, deletions, changes and swaps of neighbours, ignoring case. */
    private static int distance(String one, String other) {
        int[][] cost = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                if (i == 0 || j == 0) {
                    cost[i][j] = i + j;
                    continue;
                }
                int change = same(one.charAt(i - 1), other.charAt(j - 1)) ? 0 : 1;
                cost[i][j] = Math.min(cost[i - 1][j - 1] + change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
                if (i > 1
                        && j > 1
                        && same(one.charAt(i - 1), other.charAt(j - 2))
                        && same(one.charAt(i - 2), other.charAt(j - 1))) {
                    cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
                }
            }
        }
        return cost[one.length()][other.length()];
    }

    private static boolean same(char one, char other) {
        return Character.toLowerCase(one) == Character.toLowerCase(other);
    }
}
