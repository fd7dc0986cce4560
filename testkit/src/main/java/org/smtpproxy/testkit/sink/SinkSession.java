package org.smtpproxy.testkit.sink;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** One connection to the sink. Strict about line ends: CRLF only, also around the final dot. */
final class SinkSession {
    private final SmtpSink sink;
    private final SinkScript script;
    private final int number;
    private Socket socket;
    private InputStream in;
    private OutputStream out;
    private boolean encrypted;
    private Optional<String> user = Optional.empty();
    private Optional<String> mail = Optional.empty();
    private final List<String> recipients = new ArrayList<>();
    private int recipientCommands;
    private final ByteArrayOutputStream chunks = new ByteArrayOutputStream();

    SinkSession(SmtpSink sink, SinkScript script, Socket socket, int number) throws IOException {
        this.sink = sink;
        this.script = script;
        this.socket = socket;
        this.number = number;
        socket.setTcpNoDelay(true);
        this.in = new BufferedInputStream(socket.getInputStream());
        this.out = socket.getOutputStream();
    }

    void run() throws IOException {
        if (script.isTlsImplicit()) {
            encrypt();
        }
        answer(SinkStep.GREETING, "220 sink.example ESMTP");
        while (true) {
            String line = line();
            sink.commanded(line);
            String[] words = line.split(" ", 3);
            switch (words[0].toUpperCase(Locale.ROOT)) {
                case "EHLO" -> answer(SinkStep.EHLO, extensions());
                case "HELO" -> answer(SinkStep.HELO, "250 sink.example");
                case "STARTTLS" -> startTls();
                case "AUTH" -> authenticate(words);
                case "MAIL" -> mail(line);
                case "RCPT" -> recipient(line);
                case "DATA" -> data();
                case "BDAT" -> chunk(Integer.parseInt(words[1]), words.length == 3);
                case "RSET" -> {
                    reset();
                    answer(SinkStep.RSET, "250 2.0.0 Ok");
                }
                case "QUIT" -> {
                    say("221 2.0.0 Bye\r\n");
                    return;
                }
                default -> say("502 5.5.1 What?\r\n");
            }
        }
    }

    private String extensions() {
        StringBuilder text = new StringBuilder("250-sink.example");
        for (String extension : script.extensions(encrypted)) {
            text.append("\r\n250-").append(extension);
        }
        return text.append("\r\n250 HELP").toString();
    }

    private void startTls() throws IOException {
        if (answer(SinkStep.STARTTLS, "220 2.0.0 Go")) {
            encrypt();
            reset();
        }
    }

    private void encrypt() throws IOException {
        answer(SinkStep.HANDSHAKE, "");
        SSLContext context = script.tls().orElseThrow();
        SSLSocket layered =
                (SSLSocket) context.getSocketFactory().createSocket(socket, "client", socket.getPort(), true);
        layered.setUseClientMode(false);
        layered.startHandshake();
        socket = layered;
        in = new BufferedInputStream(layered.getInputStream());
        out = layered.getOutputStream();
        encrypted = true;
    }

    private void authenticate(String[] words) throws IOException {
        String credentials;
        if (words[1].equalsIgnoreCase("PLAIN")) {
            String response = words.length == 3 ? words[2] : ask("334 ");
            String[] fields = decoded(response).split("\0", -1);
            credentials = fields[1] + "\0" + fields[2];
        } else {
            String name = decoded(ask("334 VXNlcm5hbWU6"));
            credentials = name + "\0" + decoded(ask("334 UGFzc3dvcmQ6"));
        }
        boolean right = script.login().filter(credentials::equals).isPresent();
        boolean accepted = answer(SinkStep.AUTH, right ? "235 2.7.0 Welcome" : "535 5.7.8 Wrong");
        if (accepted) {
            user = Optional.of(credentials.split("\0", -1)[0]);
        }
    }

    private String ask(String challenge) throws IOException {
        say(challenge + "\r\n");
        String line = line();
        sink.commanded(line);
        return line;
    }

    private static String decoded(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private void mail(String line) throws IOException {
        if (mail.isPresent()) {
            say("503 5.5.1 Nested MAIL\r\n");
        } else if (script.login().isPresent() && user.isEmpty()) {
            say("530 5.7.0 Authentication required\r\n");
        } else if (answer(SinkStep.MAIL, "250 2.1.0 Ok")) {
            mail = Optional.of(line);
        }
    }

    private void recipient(String line) throws IOException {
        recipientCommands++;
        if (mail.isEmpty()) {
            say("503 5.5.1 MAIL first\r\n");
        } else if (answer(SinkStep.RCPT, recipientCommands, "250 2.1.5 Ok")) {
            recipients.add(line);
        }
    }

    private void data() throws IOException {
        if (recipients.isEmpty()) {
            // As RFC 2920 section 3.1 allows: servers that can't look ahead take the content of nobody's message.
            boolean asked = answer(SinkStep.DATA, "554 5.5.1 No valid recipients");
            if (asked) {
                dotted();
                say("554 5.5.1 No valid recipients\r\n");
            }
            reset();
        } else if (answer(SinkStep.DATA, "354 Go on")) {
            answer(SinkStep.BODY, "");
            finish(dotted(), false);
        }
    }

    private void chunk(int size, boolean last) throws IOException {
        answer(SinkStep.BODY, "");
        byte[] octets = in.readNBytes(size);
        if (octets.length < size) {
            throw new EOFException();
        }
        if (recipients.isEmpty()) {
            say("503 5.5.1 No valid recipients\r\n");
            return;
        }
        chunks.writeBytes(octets);
        if (last) {
            finish(chunks.toByteArray(), true);
        } else {
            answer(SinkStep.CHUNK, "250 2.0.0 " + size + " octets");
        }
    }

    private void finish(byte[] content, boolean chunked) throws IOException {
        String from = mail.orElseThrow();
        List<String> to = List.copyOf(recipients);
        reset();
        Optional<SinkFault> fault = script.fault(SinkStep.CONTENT, 0);
        boolean acknowledged = fault.map(SinkSession::isPositive).orElse(true);
        // First kept, then said: who has read the reply finds the message.
        sink.received(new SinkMessage(number, from, to, content, chunked, encrypted, user, acknowledged));
        perform(fault, "250 2.0.0 Ok: queued as SINK-" + number);
        answer(SinkStep.REST, "");
    }

    private void reset() {
        mail = Optional.empty();
        recipients.clear();
        recipientCommands = 0;
        chunks.reset();
    }

    private byte[] dotted() throws IOException {
        ByteArrayOutputStream content = new ByteArrayOutputStream();

        while (true) {
            byte[] line = rawLine();
            boolean dot = line[0] == '.';
            if (dot && line.length == 3) {
                return content.toByteArray();
            }
            content.write(line, dot ? 1 : 0, line.length - (dot ? 1 : 0));
        }
    }

    private boolean answer(SinkStep step, String usual) throws IOException {
        return answer(step, 0, usual);
    }

    /** Says what the script has for this step, else the usual; returns whether that was positive. */
    private boolean answer(SinkStep step, int count, String usual) throws IOException {
        return perform(script.fault(step, count), usual);
    }

    private boolean perform(Optional<SinkFault> fault, String usual) throws IOException {
        if (fault.isPresent()) {
            switch (fault.get()) {
                case SinkFault.Say(String wire) -> {
                    say(wire);
                    return isPositive(fault.get());
                }
                case SinkFault.SayAndClose(String wire) -> {
                    say(wire);
                    throw new EOFException();
                }
                case SinkFault.Close() -> throw new EOFException();
                case SinkFault.Hang() -> {
                    sink.hang();
                    throw new EOFException();
                }
                case SinkFault.Delay(Duration time) -> pause(time);
            }
        }
        if (!usual.isEmpty()) {
            say(usual + "\r\n");
        }
        return usual.isEmpty() || usual.charAt(0) < '4';
    }

    private static boolean isPositive(SinkFault fault) {
        return switch (fault) {
            case SinkFault.Say(String wire) -> wire.charAt(0) < '4';
            case SinkFault.Delay _ -> true;
            case SinkFault.SayAndClose _, SinkFault.Close _, SinkFault.Hang _ -> false;
        };
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void say(String wire) throws IOException {
        out.write(wire.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private String line() throws IOException {
        byte[] line = rawLine();
        return new String(line, 0, line.length - 2, StandardCharsets.UTF_8);
    }

    /** Up to and with CRLF; a lone CR or LF is part of the line. */
    private byte[] rawLine() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int before = -1;
        while (true) {
            int octet = in.read();
            if (octet < 0) {
                throw new EOFException();
            }
            line.write(octet);
            if (octet == '\n' && before == '\r') {
                return line.toByteArray();
            }
            before = octet;
        }
    }
}
