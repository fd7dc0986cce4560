package org.smtpproxy.providers.smtp;

import java.util.List;
import java.util.Optional;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smtpproxy.mail.EnhancedStatus;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.client.Phase;

import static org.assertj.core.api.Assertions.assertThat;

class RefusalTableTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // We are refused: the account is wrong, never the mail.
                "GREETING | 554 no service                                              | PROVIDER  | CONFIGURATION",
                "EHLO     | 550 5.7.1 go away                                           | PROVIDER  | CONFIGURATION",
                "STARTTLS | 530 5.7.10 not offered                                      | PROVIDER  | CONFIGURATION",
                "AUTH     | 535 5.7.8 authentication failed                             | PROVIDER  | CONFIGURATION",
                "MAIL     | 550 5.7.1 no                                                | SENDER    | CONFIGURATION",
                "MAIL     | 553 5.1.8 no such sender domain                             | SENDER    | CONFIGURATION",
                "MAIL     | 530 5.7.0 Must issue STARTTLS first                         | PROVIDER  | CONFIGURATION",
                "RCPT     | 554 5.7.1 <a@b>: Relay access denied                        | PROVIDER  | CONFIGURATION",
                "RCPT     | 550 5.7.1 Unable to relay                                   | PROVIDER  | CONFIGURATION",
                "RCPT     | 550 relay not permitted                                     | PROVIDER  | CONFIGURATION",
                "RCPT     | 550 5.7.64 TenantAttribution; Relay Access Denied           | PROVIDER  | CONFIGURATION",
                "RCPT     | 530 5.7.57 Client not authenticated to send mail            | PROVIDER  | CONFIGURATION",
                "RCPT     | 554 5.7.1 Client host [1.2.3.4] blocked using zen.example   | PROVIDER  | CONFIGURATION",
                "RCPT     | 553 5.7.1 <a@b>: Sender address rejected: not owned by user | SENDER    | CONFIGURATION",
                "RCPT     | 550 5.7.23 SPF check failed                                 | SENDER    | CONFIGURATION",
                "CONTENT  | 550 5.7.26 unauthenticated email from b is not accepted     | SENDER    | CONFIGURATION",
                "CONTENT  | 554 Message rejected: Email address is not verified.        | SENDER    | CONFIGURATION",
                "CONTENT  | 550 5.7.60 may not send as this sender                      | SENDER    | CONFIGURATION",
                "CONTENT  | 550 5.7.705 tenant has exceeded threshold                   | PROVIDER  | CONFIGURATION",
                "CONTENT  | 554 5.7.1 Your account has been suspended                   | PROVIDER  | CONFIGURATION",
                "DATA     | 503 5.5.1 need RCPT                                         | SESSION   | CONFIGURATION",
                // The recipient or the content is refused for good.
                "RCPT     | 550 5.1.1 unknown user                                      | RECIPIENT | PERMANENT",
                "RCPT     | 550 no such user                                            | RECIPIENT | PERMANENT",
                "RCPT     | 550 5.7.1 not interested in your mail                       | RECIPIENT | PERMANENT",
                "RCPT     | 550 5.7.133 only members may write to this group            | RECIPIENT | PERMANENT",
                "RCPT     | 504 5.5.2 need fully-qualified address                      | RECIPIENT | PERMANENT",
                "RCPT     | 552 5.2.2 mailbox full                                      | RECIPIENT | PERMANENT",
                "RCPT     | 550 5.1.1 Recipient address rejected: unverified address    | RECIPIENT | PERMANENT",
                "DATA     | 554 5.7.1 policy                                            | MESSAGE   | PERMANENT",
                "CONTENT  | 550 5.7.1 message contains a blacklisted link               | MESSAGE   | PERMANENT",
                "CONTENT  | 554 5.6.0 malformed                                         | MESSAGE   | PERMANENT",
                "CONTENT  | 550 spam                                                    | MESSAGE   | PERMANENT",
                // Another provider may be able to.
                "MAIL     | 552 5.3.4 too big                                           | MESSAGE   | INCAPABLE",
                "MAIL     | 552 message size exceeds fixed limit                        | MESSAGE   | INCAPABLE",
                "CONTENT  | 552 5.3.4 too big                                           | MESSAGE   | INCAPABLE",
                "CONTENT  | 552 5.2.3 longer than the mailbox takes                     | MESSAGE   | INCAPABLE",
                "CONTENT  | 552 message too large                                       | MESSAGE   | INCAPABLE",
                "CONTENT  | 554 5.6.3 no conversion                                     | MESSAGE   | INCAPABLE",
                "RCPT     | 553 5.6.7 no UTF-8 here                                     | RECIPIENT | INCAPABLE",
                // Passing trouble.
                "GREETING | 450 4.3.2 later                                             | SESSION   | TRANSIENT",
                "STARTTLS | 454 4.7.0 TLS not available                                 | SESSION   | TRANSIENT",
                "AUTH     | 454 4.7.0 temporary authentication failure                  | SESSION   | TRANSIENT",
                "MAIL     | 451 4.3.0 later                                             | SENDER    | TRANSIENT",
                "RCPT     | 450 4.2.0 busy                                              | RECIPIENT | TRANSIENT",
                "RCPT     | 452 4.2.2 over quota                                        | RECIPIENT | TRANSIENT",
                "RCPT     | 421 4.3.2 shutting down                                     | SESSION   | TRANSIENT",
                "DATA     | 451 4.3.0 later                                             | MESSAGE   | TRANSIENT",
                "CONTENT  | 452 4.3.1 disk full                                         | MESSAGE   | TRANSIENT",
                "RCPT     | 450 4.7.25 no reverse name                                  | RECIPIENT | TRANSIENT",
                "RCPT     | 450 4.7.1 try again                                         | RECIPIENT | GREYLISTED",
                "RCPT     | 451 Greylisted, come back in 300 seconds                    | RECIPIENT | GREYLISTED",
                "CONTENT  | 451 4.7.1 graylisting in action                             | MESSAGE   | GREYLISTED",
                // The provider wants less.
                "GREETING | 421 too many connections                                    | PROVIDER  | THROTTLED",
                "MAIL     | 421 4.7.0 try later                                         | PROVIDER  | THROTTLED",
                "MAIL     | 454 Throttling failure: Maximum sending rate exceeded.      | PROVIDER  | THROTTLED",
                "MAIL     | 450 4.7.1 slower                                            | PROVIDER  | THROTTLED",
                "RCPT     | 452 4.5.3 too many recipients                               | RECIPIENT | THROTTLED",
                "RCPT     | 552 5.5.3 too many recipients                               | RECIPIENT | THROTTLED",
                "RCPT     | 450 4.2.1 user is receiving mail too quickly                | RECIPIENT | THROTTLED",
                "CONTENT  | 451 4.7.500 server busy                                     | PROVIDER  | THROTTLED",
                "CONTENT  | 421 4.7.28 unusual rate of mail                             | PROVIDER  | THROTTLED",
                "CONTENT  | 450 4.0.0 hourly limit exceeded                             | PROVIDER  | THROTTLED",
            })
    void readsRefusals(Phase phase, String reply, Scope scope, Kind kind) {
        assertThat(RefusalTable.meaning(phase, parsed(reply))).isEqualTo(new RefusalTable.Meaning(scope, kind));
    }

    private static Reply parsed(String line) {
        int code = Integer.parseInt(line.substring(0, 3));
        String text = line.substring(4);
        Optional<EnhancedStatus> status = EnhancedStatus.leading(text);
        String rest = status.isPresent() ? text.substring(text.indexOf(' ') + 1) : text;
        return new Reply(code, status, List.of(rest));
    }
}
