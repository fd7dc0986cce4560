package org.smtpproxy.smtp.client;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.client.RecipientResult.Answered;
import org.smtpproxy.smtp.client.RecipientResult.Broken;

/**
 * One message over a connection.
 *
 * <pre>
 * with PIPELINING             with PIPELINING and CHUNKING     with neither: one command, one reply
 * C: MAIL RCPT RCPT DATA      C: MAIL RCPT RCPT
 * S: 250 250 550 354          S: 250 250 550
 * C: content CRLF . CRLF      C: BDAT n LAST content
 * S: 250                      S: 250
 * </pre>
 *
 * Recipients refused one by one keep their reply; all others share the reply that ended the transaction. BDAT is sent
 * only after the recipients are known, so that it needs no undoing; a pipelined DATA that is accepted although nobody
 * is left to mail to is answered with an empty content (RFC 2920 section 3.1).
 */
final class MailTransaction {
    /** Commands in one write. Their replies fit any socket buffer, so neither side can block the other. */
    private static final int PIPELINED = 100;

    private static final int BLOCK = 64 * 1024;
    private static final int LONGEST_CHUNK_COMMAND = 32;

    private final SmtpConnection connection;
    private final OutgoingMessage message;
    private final List<EmailAddress> recipients;
    private final Map<Integer, Answered> refused = new HashMap<>();
    private final StringBuilder commands = new StringBuilder(256);
    private final List<Command> unanswered = new ArrayList<>();
    private Optional<Answered> ended = Optional.empty();
    private int answeredRecipients;
    private int acceptedRecipients;
    private boolean contentAsked;
    private boolean handedOver;

    MailTransaction(SmtpConnection connection, OutgoingMessage message) {
        this.connection = connection;
        this.message = message;
        this.recipients = message.envelope().recipients();
    }

    private enum Command {
        RSET,
        MAIL,
        RCPT,
        DATA
    }

    List<RecipientResult> run() {
        Optional<RecipientResult> common;
        try {
            exchange();
            common = ended.map(answered -> answered);
        } catch (IOException e) {
            // A server that takes its leave with 421 may close before it has answered all that was pipelined.
            BrokenTransportException broken = connection.broken(e);
            common = Optional.of(
                    ended.<RecipientResult>map(answered -> answered).orElseGet(() -> new Broken(broken, handedOver)));
        }
        List<RecipientResult> results = new ArrayList<>(recipients.size());
        for (int i = 0; i < recipients.size(); i++) {
            Answered own = refused.get(i);
            results.add(own != null ? own : common.orElseThrow());
        }
        return results;
    }

    private void exchange() throws IOException {
        connection.beginTransaction();
        boolean chunking = connection.capabilities().chunking();
        if (connection.transactionOpen()) {
            ask(Command.RSET, "RSET");
        }
        connection.transactionOpen(true);
        ask(Command.MAIL, mail());
        for (EmailAddress recipient : recipients) {
            ask(Command.RCPT, "RCPT TO:<" + recipient + ">");
        }
        if (!chunking && (acceptedRecipients > 0 || !unanswered.isEmpty())) {
            ask(Command.DATA, "DATA");
        }
        hearAnswers();
        if (ended.isEmpty() && acceptedRecipients > 0) {
            connection.contentBegins();
            ended = Optional.of(sendContent(chunking));
        } else if (contentAsked) {
            withdraw();
        }
    }

    private String mail() {
        Capabilities offered = connection.capabilities();
        StringBuilder mail = new StringBuilder("MAIL FROM:<")
                .append(message.envelope().senderText())
                .append('>');
        if (offered.sizeDeclaration()) {
            mail.append(" SIZE=").append(message.content().size());
        }
        if (message.needs().eightBit()) {
            mail.append(" BODY=8BITMIME");
        }
        if (message.needs().utf8()) {
            mail.append(" SMTPUTF8");
        }
        return mail.toString();
    }

    /** Sends a command, now or with those that follow; says nothing more once the transaction has ended. */
    private void ask(Command command, String line) throws IOException {
        if (ended.isPresent()) {
            return;
        }
        commands.append(line).append("\r\n");
        unanswered.add(command);
        if (!connection.capabilities().pipelining() || unanswered.size() == PIPELINED) {
            hearAnswers();
        }
    }

    private void hearAnswers() throws IOException {
        if (unanswered.isEmpty()) {
            return;
        }
        byte[] bytes = commands.toString().getBytes(StandardCharsets.UTF_8);
        commands.setLength(0);
        connection.write(bytes, 0, bytes.length);
        for (Command command : unanswered) {
            hear(command);
            if (!connection.isUsable()) {
                break;
            }
        }
        unanswered.clear();
    }

    private void hear(Command command) throws IOException {
        switch (command) {
            case RSET -> {
                if (!connection.await(Phase.MAIL).isPositive()) {
                    throw new ProtocolException("RSET is refused");
                }
            }
            case MAIL -> accepted(Phase.MAIL, connection.await(Phase.MAIL));
            case RCPT -> hearRecipient(connection.await(Phase.RCPT));
            case DATA -> {
                Reply reply = connection.await(Phase.DATA);
                contentAsked = reply.isIntermediate();
                if (!contentAsked) {
                    accepted(Phase.DATA, reply);
                }
            }
        }
    }

    private void hearRecipient(Reply reply) throws ProtocolException {
        int recipient = answeredRecipients++;
        if (reply.code() == 421) {
            accepted(Phase.RCPT, reply);
        } else if (reply.isPositive()) {
            acceptedRecipients++;
        } else if (ended.isEmpty()) {
            refused.put(recipient, new Answered(Phase.RCPT, reply));
        }
    }

    /** Notes a refusal as the end, unless something else was it before. */
    private void accepted(Phase phase, Reply reply) throws ProtocolException {
        if (!reply.isPositive()) {
            ended = ended.or(() -> Optional.of(new Answered(phase, reply)));
        } else if (phase == Phase.DATA) {
            throw new ProtocolException(phase.words() + " is answered " + reply.code());
        }
    }

    private Answered sendContent(boolean chunking) throws IOException {
        try (ContentSource content = new ContentSource(message.content())) {
            return chunking ? sendChunks(content) : sendData(content);
        } catch (IOException e) {
            return lastWords(e);
        }
    }

    private Answered sendData(ContentSource content) throws IOException {
        long size = content.left();
        // Room for a few stuffed dots, so that a small message is one write.
        DotStuffing stuffed = new DotStuffing(connection::write, (int) Math.min(BLOCK, size + size / 64 + 64));
        byte[] block = new byte[(int) Math.min(BLOCK, size)];
        while (content.left() > 0) {
            int length = (int) Math.min(block.length, content.left());
            content.read(block, 0, length);
            stuffed.write(block, 0, length);
        }
        stuffed.finish(this::handOver);
        return finalAnswer();
    }

    /** RFC 3030. All but the last block goes ahead as a chunk of its own: a refusal of it comes before the hand-over. */
    private Answered sendChunks(ContentSource content) throws IOException {
        if (content.left() > BLOCK) {
            Reply reply = sendFirstChunk(content, content.left() - BLOCK);
            if (!reply.isPositive()) {
                return new Answered(Phase.CONTENT, reply);
            }
        }
        sendLastChunk(content);
        return finalAnswer();
    }

    private Reply sendFirstChunk(ContentSource content, long size) throws IOException {
        connection.command("BDAT " + size);
        byte[] block = new byte[(int) Math.min(BLOCK, size)];
        for (long left = size; left > 0; ) {
            int length = (int) Math.min(block.length, left);
            content.read(block, 0, length);
            connection.write(block, 0, length);
            left -= length;
        }
        return connection.await(Phase.CONTENT);
    }

    /** One write with the command, the octets, and the CRLF at the end of the content should it be missing. */
    private void sendLastChunk(ContentSource content) throws IOException {
        int size = (int) content.left();
        byte[] bytes = new byte[LONGEST_CHUNK_COMMAND + size + 2];
        content.read(bytes, LONGEST_CHUNK_COMMAND, size);
        int end = LONGEST_CHUNK_COMMAND + size;
        boolean complete = size == 0 || (size > 1 && bytes[end - 2] == '\r' && bytes[end - 1] == '\n');
        if (!complete) {
            bytes[end++] = '\r';
            bytes[end++] = '\n';
        }
        byte[] command = ("BDAT " + (end - LONGEST_CHUNK_COMMAND) + " LAST\r\n").getBytes(StandardCharsets.US_ASCII);
        int start = LONGEST_CHUNK_COMMAND - command.length;
        System.arraycopy(command, 0, bytes, start, command.length);
        handOver();
        connection.write(bytes, start, end - start);
    }

    private void handOver() {
        message.handover().run();
        handedOver = true;
    }

    private Answered finalAnswer() throws IOException {
        Reply reply = connection.awaitFinal();
        connection.transactionOpen(false);
        return new Answered(Phase.CONTENT, reply);
    }

    /** A server that refuses in the middle of the content and closes may have said why. */
    private Answered lastWords(IOException broken) throws IOException {
        if (broken instanceof ProtocolException) {
            throw broken;
        }
        try {
            Reply reply = connection.await(Phase.CONTENT);
            if (!reply.isPositive()) {
                connection.close();
                return new Answered(Phase.CONTENT, reply);
            }
        } catch (IOException e) {
            broken.addSuppressed(e);
        }
        throw broken;
    }

    /** The server waits for content that nobody is to get. */
    private void withdraw() {
        if (acceptedRecipients > 0) {
            // It took recipients of a transaction it had refused: an empty message might reach them.
            connection.close();
            return;
        }
        try {
            connection.command(".");
            connection.await(Phase.CONTENT);
            connection.transactionOpen(false);
        } catch (IOException e) {
            // Each recipient has its answer already.
            connection.close();
        }
    }
}
