package org.smtpproxy.testkit.load;

/** A server's reply: its code and the text of all its lines, joined by a newline. */
public record SmtpReply(int code, String text) {

    public boolean isPositive() {
        return code < 400;
    }

    /** Code and enhanced code: what errors are counted by, without ids and addresses of single messages. */
    public String kind() {
        String first = text.split("[ \\n]", 2)[0];
        return first.matches("[245]\\.\\d{1,3}\\.\\d{1,3}") ? code + " " + first : Integer.toString(code);
    }

    @Override
    public String toString() {
        return code + " " + text;
    }
}
