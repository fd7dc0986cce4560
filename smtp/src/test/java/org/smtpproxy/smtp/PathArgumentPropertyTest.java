package org.smtpproxy.smtp;

import java.util.List;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.smtpproxy.mail.EmailAddress;

import static org.assertj.core.api.Assertions.assertThat;

class PathArgumentPropertyTest {
    private static final String ATEXT = "abcXYZ019!#$%&'*+-/=?^_`{|}~éß用";

    @Property
    void whatIsWrittenIsRead(@ForAll("paths") Path path, @ForAll("parameters") List<EsmtpParameter> parameters) {
        PathArgument argument = new PathArgument(path, parameters);
        assertThat(PathArgument.parse(argument.toString())).isEqualTo(new PathArgument.Parsed.Valid(argument));
    }

    @Property
    void sourceRoutesAreDropped(@ForAll("hostNames") String one, @ForAll("hostNames") String two) {
        assertThat(PathArgument.parse("<@" + one + ",@" + two + ":a@b.example>"))
                .isEqualTo(PathArgument.parse("<a@b.example>"));
    }

    @Property
    void nothingThrows(@ForAll("noise") String noise) {
        assertThat(PathArgument.parse(noise)).isNotNull();
    }

    @Property
    void whatIsReadHasNoControlsAndIsBounded(@ForAll("noise") String noise) {
        if (PathArgument.parse(noise) instanceof PathArgument.Parsed.Valid(PathArgument argument)
                && argument.path() instanceof Path.Mailbox(EmailAddress address)) {
            assertThat(address.toString()).doesNotContainPattern("\\p{Cntrl}");
            assertThat(address.localPart().length()).isLessThanOrEqualTo(64);
            assertThat(noise).contains(address.toString());
        }
    }

    @Provide
    Arbitrary<Path> paths() {
        Arbitrary<Path> mailboxes = Combinators.combine(Arbitraries.oneOf(dotStrings(), quotedStrings()), domains())
                .as((localPart, domain) -> new Path.Mailbox(new EmailAddress(localPart, domain)));
        return Arbitraries.oneOf(
                mailboxes, Arbitraries.just(new Path.Null()), Arbitraries.just(new Path.Postmaster("PostMaster")));
    }

    @Provide
    Arbitrary<String> hostNames() {
        return Arbitraries.of("example", "a", "b-c", "x--y", "bücher", "_dmarc", "1", "用户")
                .list()
                .ofMinSize(1)
                .ofMaxSize(5)
                .map(labels -> String.join(".", labels));
    }

    @Provide
    Arbitrary<String> domains() {
        return Arbitraries.oneOf(
                hostNames(), Arbitraries.of("[127.0.0.1]", "[255.0.10.9]", "[IPv6:::1]", "[ipv6:2001:db8::25]"));
    }

    @Provide
    Arbitrary<List<EsmtpParameter>> parameters() {
        return Combinators.combine(
                        Arbitraries.of("SIZE", "BODY", "X-1", "A"),
                        Arbitraries.of("1", "8BITMIME", "<>", "+2B,x").optional())
                .as((keyword, value) -> new EsmtpParameter(keyword, value))
                .list()
                .ofMaxSize(4);
    }

    /** Made of what the grammar knows, in any order, and of what it doesn't. */
    @Provide
    Arbitrary<String> noise() {
        Arbitrary<String> pieces = Arbitraries.of(
                "<",
                ">",
                "@",
                ".",
                ",",
                ":",
                "\"",
                "\\",
                "[",
                "]",
                " ",
                "=",
                "a",
                "b.example",
                "-",
                "IPv6:",
                "1",
                "\0",
                "\u0080",
                "\ufffd",
                "é",
                "SIZE",
                "x".repeat(70),
                "\t",
                "postmaster");
        return Arbitraries.oneOf(
                pieces.list().ofMaxSize(20).map(parts -> String.join("", parts)),
                Arbitraries.strings().ofMaxLength(100),
                pieces.list().ofMaxSize(8).map(parts -> "<" + String.join("", parts) + "@b.example>"));
    }

    private static Arbitrary<String> dotStrings() {
        return Arbitraries.strings()
                .withChars(ATEXT)
                .ofMinLength(1)
                .ofMaxLength(5)
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(atoms -> String.join(".", atoms));
    }

    private static Arbitrary<String> quotedStrings() {
        Arbitrary<String> content =
                Arbitraries.of("a", " ", "@", "<", ">", ".", "..", "\\\"", "\\\\", "\\a", "é", ":", ",");
        return content.list().ofMaxSize(12).map(parts -> "\"" + String.join("", parts) + "\"");
    }
}
