package org.smtpproxy.smtp.server;

import java.util.Optional;

/**
 * The argument of BDAT (RFC 3030 section 2).
 *
 * @param size octets that follow, whatever we make of them
 * @param last whether the message is complete with them
 * @param wellFormed false when the size is clear but something else isn't
 */
record ChunkArgument(long size, boolean last, boolean wellFormed) {
    private static final int MOST_DIGITS = 18;

    /** Empty when not even the size can be read. */
    static Optional<ChunkArgument> parse(String text) {
        String[] words = text.split(" +", -1);
        String size = words[0];
        if (size.isEmpty() || size.length() > MOST_DIGITS || !size.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return Optional.empty();
        }
        boolean last = words.length == 2 && words[1].equalsIgnoreCase("LAST");
        return Optional.of(new ChunkArgument(Long.parseLong(size), last, last || words.length == 1));
    }
}
