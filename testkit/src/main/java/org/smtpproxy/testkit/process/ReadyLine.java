package org.smtpproxy.testkit.process;

import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** The one line that <code>run</code> prints on standard output when it accepts mail. */
record ReadyLine(InetSocketAddress smtp, InetSocketAddress smtps, URI http, Path data) {

    private static final Pattern FORM =
            Pattern.compile("ready smtp=(\\S+):(\\d+) smtps=(\\S+):(\\d+) http=(http://\\S+) data=(.+)");

    static boolean looksLike(String line) {
        return line.startsWith("ready ");
    }

    static ReadyLine parse(String line) {
        var form = FORM.matcher(line);
        if (!form.matches()) {
            throw new IllegalArgumentException("not a ready line: " + line);
        }
        return new ReadyLine(
                new InetSocketAddress(form.group(1), Integer.parseInt(form.group(2))),
                new InetSocketAddress(form.group(3), Integer.parseInt(form.group(4))),
                URI.create(form.group(5)),
                Path.of(form.group(6)));
    }
}
