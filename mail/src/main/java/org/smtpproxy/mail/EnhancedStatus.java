package org.smtpproxy.mail;

import java.util.Optional;

/** An enhanced mail system status code, class.subject.detail (RFC 3463). */
public record EnhancedStatus(int statusClass, int subject, int detail) {
    public EnhancedStatus {
        if (statusClass != 2 && statusClass != 4 && statusClass != 5) {
            throw new IllegalArgumentException("the class of a status is 2, 4 or 5, not " + statusClass);
        }
        if (subject < 0 || subject > 999 || detail < 0 || detail > 999) {
            throw new IllegalArgumentException("subject and detail are 0 to 999");
        }
    }

    /** Reads a code at the start of a reply's text; empty when there is none. */
    public static Optional<EnhancedStatus> leading(String text) {
        int end = text.indexOf(' ');
        String[] numbers = (end < 0 ? text : text.substring(0, end)).split("\\.", -1);
        if (numbers.length != 3 || !isNumber(numbers[0]) || !isNumber(numbers[1]) || !isNumber(numbers[2])) {
            return Optional.empty();
        }
        int statusClass = Integer.parseInt(numbers[0]);
        if (statusClass != 2 && statusClass != 4 && statusClass != 5) {
            return Optional.empty();
        }
        return Optional.of(new EnhancedStatus(statusClass, Integer.parseInt(numbers[1]), Integer.parseInt(numbers[2])));
    }

    public static EnhancedStatus parse(String text) {
        return leading(text).orElseThrow(() -> new IllegalArgumentException("not an enhanced status code: " + text));
    }

    /** The same subject and detail in another class: a peer's contradictory code follows its reply's first digit. */
    public EnhancedStatus withClass(int other) {
        return statusClass == other ? this : new EnhancedStatus(other, subject, detail);
    }

    private static boolean isNumber(String text) {
        return !text.isEmpty() && text.length() <= 3 && text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    @Override
    public String toString() {
        return statusClass + "." + subject + "." + detail;
    }
}
