package org.smtpproxy.testkit.sink;

import java.time.Duration;

/** A way to misbehave. */
public sealed interface SinkFault {
    /** Says this instead, line ends included, and goes on; a positive reply is obeyed, any other refuses the step. */
    record Say(String wire) implements SinkFault {}

    /** Says this, line ends included, and closes. */
    record SayAndClose(String wire) implements SinkFault {}

    /** Closes without a word. */
    record Close() implements SinkFault {}

    /** Never answers; the connection stays open until the sink is closed. */
    record Hang() implements SinkFault {}

    /** Answers as usual, but late. */
    record Delay(Duration time) implements SinkFault {}

    /** One reply line without its end. */
    static SinkFault reply(String line) {
        return new Say(line + "\r\n");
    }

    static SinkFault replyAndClose(String line) {
        return new SayAndClose(line + "\r\n");
    }

    static SinkFault close() {
        return new Close();
    }

    static SinkFault hang() {
        return new Hang();
    }

    static SinkFault delay(Duration time) {
        return new Delay(time);
    }
}
