package org.smtpproxy.testkit.crash;

/** How far the submission of one message came, seen from the client. */
enum Submission {
    /** The final dot or last chunk was not sent: the message must never appear. */
    UNFINISHED,
    /** It was sent, but no reply came: the message may appear, whole, or not at all. */
    UNANSWERED,
    /** A 4xx or 5xx came: the message must never appear. */
    REFUSED,
    /** A 250 came and is in the ledger: the message must be delivered. */
    ACKNOWLEDGED
}
