package org.smtpproxy.providers.capture;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.TenantId;

/**
 * The file of one captured message: lines {@code name value} that tell what {@link CapturedMessage} has, an empty line,
 * then the content as it is. Addresses have no control characters, so that a line holds each.
 */
final class CapturedFile {
    private static final String FORMAT = "smtp-proxy-captured 1";
    private static final int LONGEST_LINE = 4096;

    private CapturedFile() {}

    /**
     * Writes a file that is there whole or not at all, also after a power cut.
     *
     * @param last runs right before the file gets its name
     */
    static void write(Path folder, String name, CapturedMessage message, MessageContent content, Runnable last)
            throws IOException {
        // The same name each time: what a crash leaves behind is replaced when the part is delivered again.
        Path unfinished = folder.resolve(name + ".unfinished");
        Files.deleteIfExists(unfinished);
        Files.createFile(
                unfinished, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            try (FileChannel channel = FileChannel.open(unfinished, Set.of(StandardOpenOption.WRITE));
                    OutputStream out = Channels.newOutputStream(channel);
                    InputStream in = content.open()) {
                out.write(head(message).getBytes(StandardCharsets.UTF_8));
                if (in.transferTo(out) != content.size()) {
                    throw new EOFException("the content is not as long as it said");
                }
                channel.force(true);
            }
            last.run();
            Files.move(unfinished, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            CaptureFolder.sync(folder);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    static CapturedMessage read(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return parse(in);
        }
    }

    /** The content, to be closed by the caller. */
    static InputStream open(Path file) throws IOException {
        InputStream in = new BufferedInputStream(Files.newInputStream(file));
        try {
            parse(in);
            return in;
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    private static String head(CapturedMessage message) {
        StringBuilder head = new StringBuilder(FORMAT).append('\n');
        line(head, "id", message.id());
        line(head, "tenant", message.tenant().value());
        line(head, "account", message.account().toString());
        line(head, "at", message.capturedAt().toString());
        line(head, "size", Long.toString(message.size()));
        line(head, "subject", message.subject());
        line(head, "sender", message.sender());
        message.recipients().forEach(recipient -> line(head, "recipient", recipient));
        return head.append('\n').toString();
    }

    private static void line(StringBuilder head, String name, String value) {
        head.append(name).append(' ').append(value).append('\n');
    }

    private static CapturedMessage parse(InputStream in) throws IOException {
        if (!nextLine(in).equals(FORMAT)) {
            throw new IOException("not a captured message");
        }
        String id = next(in, "id");
        TenantId tenant = new TenantId(next(in, "tenant"));
        AccountId account = AccountId.parse(next(in, "account"));
        Instant at = Instant.parse(next(in, "at"));
        long size = Long.parseLong(next(in, "size"));
        String subject = next(in, "subject");
        String sender = next(in, "sender");
        List<String> recipients = new ArrayList<>();
        for (String line = nextLine(in); !line.isEmpty(); line = nextLine(in)) {
            recipients.add(value(line, "recipient"));
        }
        return new CapturedMessage(id, tenant, account, sender, recipients, at, size, subject);
    }

    private static String next(InputStream in, String name) throws IOException {
        return value(nextLine(in), name);
    }

    private static String value(String line, String name) throws IOException {
        if (!line.startsWith(name + " ")) {
            throw new IOException("a captured message without " + name);
        }
        return line.substring(name.length() + 1);
    }

    private static String nextLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet != '\n'; octet = in.read()) {
            if (octet < 0 || line.size() == LONGEST_LINE) {
                throw new IOException("a captured message whose head does not end");
            }
            line.write(octet);
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
