package org.smtpproxy.providers.smtp;

import java.time.Duration;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Relayed;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.smtp.client.Phase;

import static org.assertj.core.api.Assertions.assertThat;

class ClassificationTest {
    @ParameterizedTest
    @ValueSource(strings = {"in 99999 hours", "in 99999 minutes", "in 14401 seconds", "in 5h"})
    void noServerParksARecipientForLong(String wait) {
        Reply reply = Reply.of(451, "4.7.1", "try again " + wait);

        Refused refused = (Refused) Classification.ofReply(Phase.RCPT, reply);

        assertThat(refused.retryAfter()).hasValue(Duration.ofHours(4));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "Ok: queued as 4FzX1k0x2zz9                              | 4FzX1k0x2zz9",
                "Ok queued as <abc.def@host.example>                     | abc.def@host.example",
                "OK id=1rAbCd-0001x2-Yz                                  | 1rAbCd-0001x2-Yz",
                "Ok 0102018c5f0e-aaaa-bbbb-000000                        | 0102018c5f0e-aaaa-bbbb-000000",
                "Ok                                                      | none",
                "Ok thank you very much for mailing                      | none",
            })
    void findsTheProvidersId(String text, String id) {
        Relayed relayed = (Relayed) Classification.ofReply(Phase.CONTENT, Reply.of(250, "2.0.0", text));

        assertThat(relayed.providerMessageId().orElse(null)).isEqualTo(id);
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void onlyADecisionAboutTheContentIsASuccess(Phase phase) {
        for (int code : new int[] {250, 334, 354}) {
            ProviderAnswer answer = Classification.ofReply(phase, Reply.plain(code, "Ok"));

            if (phase == Phase.CONTENT && code == 250) {
                assertThat(answer).isInstanceOf(Relayed.class);
            } else {
                assertThat(answer)
                        .isEqualTo(new Refused(
                                Scope.SESSION,
                                Kind.TRANSIENT,
                                Reply.of(451, "4.5.0", phase.words() + " is answered " + code)));
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "450 | greylisted, try again in 300 seconds | PT5M",
                "451 | wait 5 minutes                       | PT5M",
                "450 | retry after 2h                       | PT2H",
                "450 | try again later                      | none",
                "550 | try again in 300 seconds             | none",
            })
    void readsHowLongToWait(int code, String text, Duration wait) {
        Refused refused = (Refused) Classification.ofReply(Phase.RCPT, Reply.plain(code, text));

        assertThat(refused.retryAfter().orElse(null)).isEqualTo(wait);
    }
}
