package org.smtpproxy.smtp.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.Reply;

import static org.assertj.core.api.Assertions.assertThat;

class CapabilitiesTest {
    @Test
    void readsWhatAServerOffers() {
        Capabilities offered = read("PIPELINING", "size 35882577", "8bitmime", "AUTH PLAIN login", "AUTH=CRAM-MD5", "");

        assertThat(offered.pipelining()).isTrue();
        assertThat(offered.eightBitMime()).isTrue();
        assertThat(offered.chunking()).isFalse();
        assertThat(offered.smtpUtf8()).isFalse();
        assertThat(offered.startTls()).isFalse();
        assertThat(offered.size()).hasValue(35_882_577);
        assertThat(offered.auth()).containsExactlyInAnyOrder("PLAIN", "LOGIN", "CRAM-MD5");
    }

    @Test
    void theGreetingIsNoExtension() {
        Reply reply = new Reply(250, Optional.empty(), List.of("CHUNKING", "HELP"));

        assertThat(Capabilities.read(reply).chunking()).isFalse();
    }

    @Test
    void aSizeOfZeroOrNonsenseIsNoLimit() {
        for (String size : List.of("SIZE", "SIZE 0", "SIZE many", "SIZE -1")) {
            assertThat(read(size).sizeDeclaration()).isTrue();
            assertThat(read(size).size()).isEmpty();
        }
    }

    @Test
    void carriesOnlyWhatItOffers() {
        Capabilities offered = read("8BITMIME", "SIZE 100");

        assertThat(offered.carry(new Needs(true, false), 100)).isTrue();
        assertThat(offered.carry(new Needs(true, false), 101)).isFalse();
        assertThat(offered.carry(new Needs(false, true), 1)).isFalse();
        assertThat(read().carry(new Needs(true, false), 1)).isFalse();
    }

    private static Capabilities read(String... extensions) {
        List<String> lines = new ArrayList<>(List.of("server.example at your service"));
        lines.addAll(List.of(extensions));
        return Capabilities.read(new Reply(250, Optional.empty(), lines));
    }
}
