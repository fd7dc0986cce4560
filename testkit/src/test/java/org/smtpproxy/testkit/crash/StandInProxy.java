package org.smtpproxy.testkit.crash;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.smtpproxy.testkit.load.Options;
import org.smtpproxy.testkit.load.SmtpConnection;
import org.smtpproxy.testkit.load.SmtpReply;
import org.smtpproxy.testkit.load.Target;

/**
 * The smallest relay that keeps the promises, with one file a message: something to try the crash checker on. Its
 * faults, chosen by the system property <code>fault</code>, are those that the checker exists to find.
 */
final class StandInProxy {
    enum Fault {
        NONE,
        /** Says 250 before the message is on disk. */
        EARLY_250,
        /** Forgets that a message was relayed when it is killed: no file is removed before the end. */
        FORGETS_RELAYED,
        /** Changes one bit of long messages. */
        DAMAGES_CONTENT,
        /** Writes the message while it arrives, and delivers what it finds. */
        DELIVERS_UNFINISHED
    }

    private static final Pattern ENVELOPE = Pattern.compile("[^<]*<(.*)>.*");

    private final Path folder;
    private final int sinkPort;
    private final Fault fault;
    private final LinkedBlockingQueue<Path> due = new LinkedBlockingQueue<>();
    private final Set<Path> relayed = ConcurrentHashMap.newKeySet();

    private StandInProxy(Path folder, int sinkPort, Fault fault) {
        this.folder = folder;
        this.sinkPort = sinkPort;
        this.fault = fault;
    }

    public static void main(String[] arguments) throws IOException {
        var options = new Options(Arrays.copyOfRange(arguments, 1, arguments.length));
        Path data = Files.createDirectories(Path.of(options.text("--data", "")));
        Matcher port = Pattern.compile("port: (\\d+)").matcher(Files.readString(Path.of(options.text("--apply", ""))));
        if (!port.find()) {
            throw new IOException("the state file names no port");
        }
        new StandInProxy(data, Integer.parseInt(port.group(1)), Fault.valueOf(System.getProperty("fault", "NONE")))
                .run();
    }

    private void run() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            boolean unfinishedToo = fault == Fault.DELIVERS_UNFINISHED;
            files.filter(file -> unfinishedToo || file.toString().endsWith(".msg"))
                    .forEach(due::add);
        }
        var listener = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        // SIGTERM alone would end a JVM with 143; a clean stop is 0.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            relayed.forEach(StandInProxy::remove);
            Runtime.getRuntime().halt(0);
        }));
        for (int i = 0; i < 4; i++) {
            Thread.ofPlatform().daemon().start(this::deliver);
        }
        int port = listener.getLocalPort();
        System.out.printf(
                "ready smtp=127.0.0.1:%d smtps=127.0.0.1:%d http=http://127.0.0.1:%d data=%s%n",
                port, port, port, folder);
        while (true) {
            Socket socket = listener.accept();
            Thread.ofVirtual().start(() -> serve(socket));
        }
    }

    private void serve(Socket socket) {
        try (socket;
                InputStream in = new BufferedInputStream(socket.getInputStream());
                OutputStream out = socket.getOutputStream()) {
            say(out, "220 stand-in");
            var envelope = new ArrayList<String>();
            while (true) {
                String line = line(in);
                if (line.startsWith("DATA")) {
                    say(out, "354 Go on");
                    accept(in, out, envelope);
                    envelope.clear();
                } else {
                    Matcher address = ENVELOPE.matcher(line);
                    if (address.matches()) {
                        envelope.add(address.group(1));
                    }
                    say(out, "250 Ok");
                }
            }
        } catch (IOException gone) {
            // The client left.
        }
    }

    private void accept(InputStream in, OutputStream out, List<String> envelope) throws IOException {
        Path unfinished = folder.resolve(UUID.randomUUID() + ".tmp");
        byte[] head = (String.join(" ", envelope) + "\n").getBytes(StandardCharsets.UTF_8);
        if (fault == Fault.DELIVERS_UNFINISHED) {
            Files.write(unfinished, head);
        }
        byte[] content = content(in, Optional.of(unfinished).filter(line -> fault == Fault.DELIVERS_UNFINISHED));
        if (fault == Fault.DAMAGES_CONTENT && content.length > 50_000) {
            content[content.length - 3] ^= 1;
        }
        if (fault == Fault.EARLY_250) {
            say(out, "250 Ok");
            hesitate();
        }
        Path file = Path.of(unfinished.toString().replace(".tmp", ".msg"));
        store(unfinished, file, head, content);
        if (fault != Fault.EARLY_250) {
            say(out, "250 Ok");
        }
        due.add(file);
    }

    /** Long enough for a kill to fall into, most probably. */
    private static void hesitate() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void store(Path unfinished, Path file, byte[] head, byte[] content) throws IOException {
        try (var channel = FileChannel.open(
                unfinished,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(head));
            channel.write(ByteBuffer.wrap(content));
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private void deliver() {
        SmtpConnection connection = null;
        while (true) {
            try {
                Path file = due.take();
                connection = connection == null
                        ? Target.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), sinkPort))
                                .connect()
                        : connection;
                deliver(connection, file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void deliver(SmtpConnection connection, Path file) throws IOException {
        byte[] stored = Files.readAllBytes(file);
        int split = new String(stored, StandardCharsets.ISO_8859_1).indexOf('\n');
        String[] envelope = new String(stored, 0, split, StandardCharsets.UTF_8).split(" ");
        byte[] content = Arrays.copyOfRange(stored, split + 1, stored.length);
        var deferred = new ArrayList<>(List.of(envelope[0]));
        var accepted = new ArrayList<String>();
        connection.command("MAIL FROM:<" + envelope[0] + ">");
        for (String recipient : Arrays.asList(envelope).subList(1, envelope.length)) {
            boolean taken = connection.command("RCPT TO:<" + recipient + ">").isPositive();
            (taken ? accepted : deferred).add(recipient);
        }
        if (accepted.isEmpty()) {
            connection.command("RSET");
            due.add(file);
            return;
        }
        connection.command("DATA");
        byte[] received = "Received: from somewhere\r\n\tby stand-in\r\n".getBytes(StandardCharsets.US_ASCII);
        connection.content(received, 0, received.length);
        connection.content(content, 0, content.length);
        connection.endOfData();
        SmtpReply reply = connection.reply();
        if (!reply.isPositive()) {
            due.add(file);
        } else if (deferred.size() > 1) {
            store(
                    file.resolveSibling(file.getFileName() + ".part"),
                    file,
                    (String.join(" ", deferred) + "\n").getBytes(StandardCharsets.UTF_8),
                    content);
            due.add(file);
        } else if (fault == Fault.FORGETS_RELAYED) {
            relayed.add(file);
            System.err.println("relayed: " + reply);
        } else {
            remove(file);
            System.err.println("relayed: " + reply);
        }
    }

    private static void remove(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The content with its dot-stuffing, up to the lone dot. */
    private static byte[] content(InputStream in, Optional<Path> asItArrives) throws IOException {
        var content = new ByteArrayOutputStream();
        while (true) {
            byte[] line = bytesOfLine(in);
            if (line.length == 1 && line[0] == '.') {
                return content.toByteArray();
            }
            content.writeBytes(line);
            content.writeBytes(new byte[] {'\r', '\n'});
            if (asItArrives.isPresent()) {
                Files.write(asItArrives.get(), line, StandardOpenOption.APPEND);
                Files.write(asItArrives.get(), new byte[] {'\r', '\n'}, StandardOpenOption.APPEND);
            }
        }
    }

    private static String line(InputStream in) throws IOException {
        return new String(bytesOfLine(in), StandardCharsets.UTF_8);
    }

    private static byte[] bytesOfLine(InputStream in) throws IOException {
        var line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            line.write(b);
        }
        return Arrays.copyOf(line.toByteArray(), line.size() - 1);
    }

    private static void say(OutputStream out, String reply) throws IOException {
        out.write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }
}
