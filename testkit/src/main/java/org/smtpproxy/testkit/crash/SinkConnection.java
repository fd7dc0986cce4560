package org.smtpproxy.testkit.crash;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * One session of the recording sink. It is strict: what is not exactly SMTP is reported as a problem and ends the
 * session. Every second connection offers CHUNKING, so that both ways of sending content are seen.
 */
final class SinkConnection {
    private static final Pattern MAIL = Pattern.compile("MAIL FROM:<([^<>]*)>( .*)?");
    private static final Pattern RCPT = Pattern.compile("RCPT TO:<([^<>]+)>( .*)?");
    private static final Pattern BDAT = Pattern.compile("BDAT (\\d{1,9})( LAST)?");
    private static final int MAX_COMMAND = 4 * 1024;
    private static final int MAX_CONTENT = CrashMessage.MAX_BODY + 64 * 1024;

    private final Socket socket;
    private final RecordingSink sink;
    private final boolean isSecond;
    private final boolean chunking;
    private final InputStream in;
    private final OutputStream out;
    private @Nullable String sender;
    private final List<String> recipients = new ArrayList<>();
    private final ByteArrayOutputStream chunks = new ByteArrayOutputStream();

    SinkConnection(Socket socket, RecordingSink sink, boolean isSecond, boolean chunking) throws IOException {
        this.socket = socket;
        this.sink = sink;
        this.isSecond = isSecond;
        this.chunking = chunking;
        this.in = new BufferedInputStream(socket.getInputStream(), 32 * 1024);
        this.out = socket.getOutputStream();
    }

    /** Serves the session to its end. */
    void serve() throws IOException {
        reply("220 sink.test ESMTP");
        for (String line = commandLine(); line != null; line = commandLine()) {
            if (line.equals("QUIT")) {
                reply("221 2.0.0 Bye");
                return;
            }
            obey(line);
        }
    }

    void close() throws IOException {
        socket.close();
    }

    private void obey(String line) throws IOException {
        String verb = line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
        switch (verb) {
            case "EHLO" -> greet();
            case "HELO" -> reply("250 sink.test");
            case "NOOP" -> reply("250 2.0.0 Ok");
            case "RSET" -> {
                forgetTransaction();
                reply("250 2.0.0 Ok");
            }
            case "MAIL" -> mail(line);
            case "RCPT" -> rcpt(line);
            case "DATA" -> data();
            case "BDAT" -> bdat(line);
            default -> {
                sink.problem("the sink was sent an unknown command: " + line);
                reply("500 5.5.1 What?");
            }
        }
    }

    private void greet() throws IOException {
        forgetTransaction();
        reply("250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-ENHANCEDSTATUSCODES\r\n"
                + (chunking ? "250-CHUNKING\r\n" : "")
                + "250 SIZE " + MAX_CONTENT);
    }

    private void mail(String line) throws IOException {
        Matcher form = MAIL.matcher(line);
        if (!form.matches() || sender != null) {
            sink.problem("a MAIL command that is malformed or nested: " + line);
            reply("503 5.5.1 Not now");
            return;
        }
        sender = form.group(1);
        reply("250 2.1.0 Ok");
    }

    private void rcpt(String line) throws IOException {
        Matcher form = RCPT.matcher(line);
        if (!form.matches() || sender == null) {
            sink.problem("a RCPT command that is malformed or without MAIL: " + line);
            reply("503 5.5.1 Not now");
        } else if (sink.defers(form.group(1), isSecond)) {
            reply("450 4.2.0 Later");
        } else {
            recipients.add(form.group(1));
            reply("250 2.1.5 Ok");
        }
    }

    private void data() throws IOException {
        if (sender == null || recipients.isEmpty()) {
            reply("554 5.5.1 No valid recipients");
            return;
        }
        reply("354 Go on");
        arrived(dataContent());
    }

    private void bdat(String line) throws IOException {
        Matcher form = BDAT.matcher(line);
        if (!form.matches() || !chunking) {
            sink.problem("a BDAT command that is malformed or wasn't offered: " + line);
            throw new IOException("no idea where the content ends");
        }
        int length = Integer.parseInt(form.group(1));
        byte[] chunk = in.readNBytes(length);
        if (chunk.length < length) {
            throw new EOFException("cut off within a chunk");
        }
        if (sender == null || recipients.isEmpty()) {
            reply("554 5.5.1 No valid recipients");
            return;
        }
        chunks.writeBytes(chunk);
        if (form.group(2) == null) {
            reply("250 2.0.0 Chunk taken");
        } else {
            arrived(chunks.toByteArray());
        }
    }

    /** The whole message is here: from now on only our reply can tell the program so. */
    private void arrived(byte[] content) throws IOException {
        Arrival arrival = sink.arrival(CrashMessage.numberOf(String.valueOf(sender)), recipients);
        forgetTransaction();
        if (sink.arrivedRefused(arrival, content)) {
            reply("451 4.3.0 Not at the first time");
            return;
        }
        reply("250 2.0.0 Ok arrival-" + arrival.number());
        arrival.markAnswered();
    }

    private void forgetTransaction() {
        sender = null;
        recipients.clear();
        chunks.reset();
    }

    /** DATA content up to CRLF.CRLF, dot-stuffing undone; nothing else ends it. */
    private byte[] dataContent() throws IOException {
        var content = new ByteArrayOutputStream();
        var line = new ByteArrayOutputStream();
        while (true) {
            line.reset();
            readLine(line, MAX_CONTENT);
            byte[] bytes = line.toByteArray();
            boolean dotted = bytes.length > 0 && bytes[0] == '.';
            if (dotted && bytes.length == 1) {
                return content.toByteArray();
            }
            content.write(bytes, dotted ? 1 : 0, bytes.length - (dotted ? 1 : 0));
            content.write('\r');
            content.write('\n');
            if (content.size() > MAX_CONTENT) {
                sink.problem("a message without end");
                throw new IOException("message too long");
            }
        }
    }

    private @Nullable String commandLine() throws IOException {
        in.mark(1);
        if (in.read() < 0) {
            return null;
        }
        in.reset();
        var line = new ByteArrayOutputStream();
        readLine(line, MAX_COMMAND);
        return line.toString(StandardCharsets.UTF_8);
    }

    /** One line without its CRLF. A CR or LF by itself is a problem: the program may never send one. */
    private void readLine(ByteArrayOutputStream line, int limit) throws IOException {
        while (true) {
            int b = in.read();
            if (b == '\r') {
                int following = in.read();
                if (following == '\n') {
                    return;
                }
                throw malformed(following, "a bare CR");
            } else if (b == '\n' || b < 0 || line.size() > limit) {
                throw malformed(b, b == '\n' ? "a bare LF" : "a line without end");
            }
            line.write(b);
        }
    }

    private IOException malformed(int read, String what) {
        if (read < 0) {
            return new EOFException("cut off");
        }
        sink.problem("the sink was sent " + what);
        return new IOException(what);
    }

    private void reply(String text) throws IOException {
        out.write((text + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
