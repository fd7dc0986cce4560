package org.smtpproxy.mail;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class DomainTest {
    @ParameterizedTest
    @CsvSource({
        "ACME.example, acme.example",
        "acme.example., acme.example",
        "bücher.example, xn--bcher-kva.example",
        "bücher.example., xn--bcher-kva.example",
        "bücher\u3002example, xn--bcher-kva.example",
        "ü_x.b, xn--_x-wka.b",
        "[IPv6:2001:DB8::1], [ipv6:2001:db8::1]",
    })
    void oneFormIsCompared(String written, String ascii) {
        assertThat(Domain.of(written)).isEqualTo(new Domain(ascii));
    }

    @Test
    void aDomainOfManyLabelsIsRefusedBeforeItIsLookedAt() {
        assertThatThrownBy(() -> Domain.of("ü.".repeat(100_000) + "example"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    /** Ideographic and full-width dots, {@code @}, blank and hyphen, and a sign that stands for {@code a/c}. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u3002",
                "\uff0e",
                "\uff61",
                "a\u3002",
                "ü\uff0e",
                "a\u3002.",
                "\u3002a",
                "a\u3002\u3002b",
                "a\uff20b.example",
                "a\u3000b.example",
                "\uff0da.example",
                "a\u2100.example",
                "\u200b.example",
            })
    void whatWouldBeRefusedInAsciiIsNoDomainInOtherCharacters(String written) {
        assertThatThrownBy(() -> Domain.of(written)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new EmailAddress("a", written)).isInstanceOf(IllegalArgumentException.class);
    }
}
