package org.smtpproxy.smtp.server;

import java.util.Base64;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.server.SessionLimits.BareNewlines;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

/** What dialogue files can't say: trouble inside policy, limits, and what policy gets to see. */
class ServerSessionTest {
    private static final String HELLO = "EHLO c.example\r\n";
    private static final String MAIL = "MAIL FROM:<a@a.example>\r\n";
    private static final String RCPT = "RCPT TO:<b@b.example>\r\n";
    private static final String MESSAGE = "DATA\r\nSubject: x\r\n\r\n.\r\n";

    private final Inbox inbox = new Inbox();
    private final InMemoryClient client = new InMemoryClient(inbox);

    @Test
    void failingPolicyIsAnsweredWithoutItsText() {
        client.send(HELLO).replies();
        client.send("MAIL FROM:<broken@a.example>\r\n" + MAIL + "RCPT TO:<broken@b.example>\r\n" + RCPT + MESSAGE);
        assertThat(client.replies())
                .startsWith("451 4.3.0 ")
                .contains("250 2.1.0", "451 4.3.0", "250 2.1.5", "354", "250 2.0.0")
                .doesNotContain("no policy");
        assertThat(inbox.messages).hasSize(1);
    }

    @Test
    void failingCommitIsTemporaryAndTheSessionGoesOn() {
        client.send(HELLO + MAIL + "RCPT TO:<broken-commit@b.example>\r\n").replies();
        client.send(MESSAGE + MAIL);
        assertThat(client.codes()).isEqualTo("354 451 250");
        assertThat(inbox.events).containsExactly("commit");
    }

    @Test
    void failingContentIsSwallowedToItsEnd() {
        client.send(HELLO + MAIL + "RCPT TO:<broken-content@b.example>\r\nDATA\r\n")
                .send("a\r\n")
                .send("QUIT\r\n")
                .replies();
        client.send(".\r\n" + MAIL);
        assertThat(client.codes()).isEqualTo("451 250");
        assertThat(inbox.events).containsExactly("abort");
    }

    @Test
    void failingChunkIsSwallowedToItsEnd() {
        client.send(HELLO + MAIL + "RCPT TO:<broken-content@b.example>\r\n").replies();
        client.send("BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\n" + MAIL);
        assertThat(client.codes()).isEqualTo("451 503 250");
        assertThat(inbox.events).containsExactly("abort");
    }

    @Test
    void failingLoginIsTemporary() {
        InMemoryClient encrypted = InMemoryClient.overTls(inbox).send(HELLO);
        encrypted.replies();
        encrypted.send("AUTH PLAIN " + base64("\0broken\0secret") + "\r\nNOOP\r\n");
        assertThat(encrypted.codes()).isEqualTo("451 250");
    }

    @Test
    void talkingMakesNoOneKnown() {
        InMemoryClient talking = InMemoryClient.overTls(inbox).send(HELLO);
        talking.send("NOOP\r\nRSET\r\nMAIL FROM:<unknown@a.example>\r\nMAIL FROM:<broken@a.example>\r\n");
        talking.send("AUTH PLAIN " + base64("\0app\0wrong") + "\r\n" + RCPT + "BDAT 4\r\nxx\r\n");
        assertThat(talking.codes()).isEqualTo("220 250 250 250 550 451 535 503 503");
        assertThat(talking.isStranger()).isTrue();
    }

    @Test
    void aLoginOrAnAcceptedMailMakesAClientKnown() {
        InMemoryClient loggedIn = InMemoryClient.overTls(inbox).send(HELLO);
        loggedIn.send("AUTH PLAIN " + base64("\0app\0secret") + "\r\n");
        assertThat(loggedIn.isStranger()).isFalse();

        client.send(HELLO + MAIL + "STARTTLS\r\n").shakeHands();
        assertThat(client.isStranger()).isFalse();
    }

    @Test
    void a421OfPolicyEndsTheSession() {
        client.send(HELLO + MAIL).replies();
        client.send("RCPT TO:<bye@b.example>\r\nNOOP\r\n");
        assertThat(client.codes()).isEqualTo("421");
        assertThat(client.next()).isEqualTo(ServerSession.Next.BREAK_OFF);
        client.close();
        assertThat(inbox.events).containsExactly("abort", "closed");
    }

    @Test
    void lostConnectionAbortsTheMessage() {
        client.send(HELLO + MAIL + RCPT + "DATA\r\nhalf a mess").close();
        assertThat(inbox.events).containsExactly("abort", "closed");
        assertThat(inbox.messages).isEmpty();
    }

    @Test
    void tooBigContentIsRefusedBehindItsEnd() {
        Inbox small = new Inbox(new SessionLimits(100, 10, BareNewlines.REJECT));
        InMemoryClient sender = new InMemoryClient(small).send(HELLO + MAIL + RCPT);
        sender.replies();
        sender.send("DATA\r\n" + "0123456789\r\n".repeat(20)).send(".\r\n" + MAIL);
        assertThat(sender.codes()).isEqualTo("354 552 250");
        assertThat(small.messages).isEmpty();
    }

    @Test
    void contentAsBigAsAllowedIsTaken() {
        Inbox small = new Inbox(new SessionLimits(120, 10, BareNewlines.REJECT));
        InMemoryClient sender = new InMemoryClient(small).send(HELLO + MAIL + RCPT);
        sender.replies();
        sender.send("DATA\r\n" + "0123456789\r\n".repeat(10) + ".\r\n");
        assertThat(sender.codes()).isEqualTo("354 250");
    }

    @Test
    void tooBigChunkIsRefusedBehindItsOctets() {
        Inbox small = new Inbox(new SessionLimits(10, 10, BareNewlines.REJECT));
        InMemoryClient sender = new InMemoryClient(small).send(HELLO + MAIL + RCPT);
        sender.replies();
        sender.send("BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\n" + MAIL);
        assertThat(sender.codes()).isEqualTo("250 552 250");
    }

    @Test
    void declaredSizeIsRefusedAtOnce() {
        client.send(HELLO).replies();
        client.send("MAIL FROM:<a@a.example> SIZE=1000001\r\nMAIL FROM:<a@a.example> SIZE=1000000\r\n");
        assertThat(client.codes()).isEqualTo("552 250");
    }

    @Test
    void tooManyRecipientsAreTemporary() {
        Inbox narrow = new Inbox(new SessionLimits(1000, 2, BareNewlines.REJECT));
        InMemoryClient sender = new InMemoryClient(narrow).send(HELLO + MAIL);
        sender.replies();
        sender.send("RCPT TO:<unknown@b.example>\r\n" + RCPT + RCPT + RCPT + MESSAGE);
        assertThat(sender.codes()).isEqualTo("550 250 250 452 354 250");
        assertThat(narrow.messages.remove().recipients()).hasSize(2);
    }

    @Test
    void recipientsBeyondTheMostDoNotGoOnForever() {
        Inbox narrow = new Inbox(new SessionLimits(1000, 1, BareNewlines.REJECT));
        InMemoryClient sender = new InMemoryClient(narrow).send(HELLO + MAIL + RCPT);
        sender.replies();
        sender.send(RCPT.repeat(Patience.EXCESS_RECIPIENTS - 1));
        assertThat(sender.codes()).doesNotContain("421");
        sender.send(MESSAGE + MAIL + RCPT + RCPT.repeat(Patience.EXCESS_RECIPIENTS - 1));
        assertThat(sender.codes()).startsWith("354 250 250 250 452").doesNotContain("421");
        sender.send(RCPT);
        assertThat(sender.codes()).isEqualTo("421");
    }

    @Test
    void harvestersRunOutOfPatience() {
        client.send(HELLO + MAIL).replies();
        client.send("RCPT TO:<unknown@b.example>\r\n".repeat(Patience.REFUSED_RECIPIENTS - 1));
        assertThat(client.codes()).doesNotContain("421");
        client.send("RCPT TO:<unknown@b.example>\r\n");
        assertThat(client.codes()).isEqualTo("421");
    }

    @Test
    void messagesRestorePatience() {
        client.send(HELLO);
        for (int i = 0; i < 5 * Patience.ERRORS; i++) {
            client.replies();
            client.send("XYZZY\r\n".repeat(5) + MAIL + RCPT + MESSAGE);
            assertThat(client.codes()).isEqualTo("500 500 500 500 500 250 250 354 250");
        }
    }

    @Test
    void floodOfEmptyChunksIsStopped() {
        client.send(HELLO + MAIL + RCPT).replies();
        client.send("BDAT 0\r\n".repeat(2000));
        assertThat(client.codes()).endsWith("250 421");
        assertThat(client.next()).isEqualTo(ServerSession.Next.BREAK_OFF);
    }

    @Test
    void manyChunksOfDecentSizeAreFine() {
        client.send(HELLO + MAIL + RCPT).replies();
        for (int i = 0; i < 900; i++) {
            client.send("BDAT 1026\r\n" + "x".repeat(1024) + "\r\n");
        }
        client.send("BDAT 0 LAST\r\n");
        assertThat(client.codes()).endsWith("250").doesNotContain("4");
    }

    @Test
    void longLinesAreRefusedOnceAndSkipped() {
        client.send(HELLO).replies();
        client.send("NOOP " + "x".repeat(2041) + "\r\n");
        assertThat(client.codes()).isEqualTo("250");
        client.send("NOOP " + "x".repeat(2042) + "\r\nNOOP\r\n");
        assertThat(client.codes()).isEqualTo("500 250");
        client.send("x".repeat(30_000)).send("x".repeat(30_000)).send("x\r\nNOOP\r\n");
        assertThat(client.codes()).isEqualTo("500 250");
    }

    @Test
    void saslLinesMayBeLonger() {
        InMemoryClient encrypted = InMemoryClient.overTls(inbox).send(HELLO);
        encrypted.replies();
        String longest = base64("\0app\0" + "x".repeat(9000));
        encrypted.send("AUTH PLAIN " + longest + "\r\nAUTH PLAIN\r\n").send(longest + "\r\n");
        assertThat(encrypted.codes()).isEqualTo("535 334 535");
        encrypted.send("AUTH PLAIN\r\n").send("A".repeat(12_288) + "\r\nNOOP\r\n");
        assertThat(encrypted.codes()).isEqualTo("334 500 250");
        encrypted.send("AUTH PLAIN\r\n").send("AG\nFwcABzZWNyZXQ=\r\nNOOP\r\n");
        assertThat(encrypted.codes()).isEqualTo("334 501 250");
    }

    @Test
    void protocolNamesFollowRfc3848AndRfc6531() {
        client.send("HELO c.example\r\n" + MAIL + RCPT + MESSAGE);
        client.send(HELLO + MAIL + RCPT + MESSAGE);
        client.send("MAIL FROM:<a@a.example> SMTPUTF8\r\n" + RCPT + MESSAGE);
        client.send("STARTTLS\r\n").shakeHands();
        client.send(HELLO + MAIL + RCPT + MESSAGE);
        client.send("AUTH PLAIN " + base64("\0app\0secret") + "\r\n" + MAIL + RCPT + MESSAGE);
        client.send("MAIL FROM:<a@a.example> SMTPUTF8\r\n" + RCPT + MESSAGE);
        assertThat(inbox.messages)
                .extracting(Inbox.Received::protocol)
                .containsExactly("SMTP", "ESMTP", "UTF8SMTP", "ESMTPS", "ESMTPSA", "UTF8SMTPSA");
    }

    @Test
    void postmasterWithoutDomainIsOurs() {
        client.send(HELLO + MAIL + "RCPT TO:<PostMaster>\r\n" + MESSAGE);
        assertThat(inbox.messages.remove().recipients()).hasToString("[PostMaster@mx.example]");
    }

    @Test
    void leavingWaitsForTheMessage() {
        client.send(HELLO + MAIL + RCPT + "DATA\r\nhalf").replies();
        client.session().leave(ServerReplies.SHUTTING_DOWN);
        client.send(" a message\r\n.\r\n" + MAIL);
        assertThat(client.codes()).isEqualTo("250 421");
        assertThat(inbox.messages).hasSize(1);
    }

    @Test
    void replyTextCannotBreakTheProtocol() {
        ReplyBuffer replies = new ReplyBuffer();
        replies.append(Reply.of(550, "5.7.1", "evil\r\n250 2.0.0 Ok \u00fc " + "x".repeat(1000)));
        String wire = new String(replies.array(), 0, replies.length(), UTF_8);
        assertThat(wire).startsWith("550 5.7.1 evil??250 2.0.0 Ok ? xxx").endsWith("x\r\n");
        assertThat(wire.lines().count()).isEqualTo(1);
        assertThat(wire.length()).isLessThanOrEqualTo(512);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
    }
}
