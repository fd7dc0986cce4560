package org.smtpproxy.providers.capture;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.Envelope;
import org.smtpproxy.mail.MessageContent;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Needs;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Relayed;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.provider.Delivery;
import org.smtpproxy.provider.EspProvider;
import org.smtpproxy.provider.ProviderContext;
import org.smtpproxy.provider.Setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

class CaptureTest {
    private static final TenantId ACME = new TenantId("acme");
    private static final TenantId OTHER = new TenantId("other");
    private static final AccountId OWN = AccountId.own(ACME, "kept");
    private static final AccountId SHARED = AccountId.shared("kept");

    @TempDir
    private Path data;

    private final AtomicInteger handovers = new AtomicInteger();
    private Path folder = Path.of("");

    @BeforeEach
    void below() {
        folder = data.resolve("providers").resolve("capture");
    }

    @Test
    void aMessageIsKeptWithItsEnvelopeOctetByOctet() throws Exception {
        PartId part = part(1);

        List<ProviderAnswer> answers = deliver(OWN, ACME, part, "Subject: =?utf-8?Q?Gr=C3=BCn?=\r\n\r\n\u0000.\r\nx");

        assertThat(answers)
                .hasSize(2)
                .allSatisfy(answer -> assertThat(((Relayed) answer).providerMessageId())
                        .hasValue(part.message().toString()));
        assertThat(handovers).hasValue(1);
        CapturedMessage kept = store().find(ACME, part.message().toString()).orElseThrow();
        assertThat(kept.tenant()).isEqualTo(ACME);
        assertThat(kept.account()).isEqualTo(OWN);
        assertThat(kept.sender()).isEqualTo("from@example.com");
        assertThat(kept.recipients()).containsExactly("a@example.net", "grün@example.net");
        assertThat(kept.subject()).isEqualTo("Grün");
        assertThat(kept.size()).isEqualTo(39);
        assertThat(kept.capturedAt()).isBetween(Instant.now().minusSeconds(60), Instant.now());
        assertThat(raw(ACME, kept.id())).isEqualTo("Subject: =?utf-8?Q?Gr=C3=BCn?=\r\n\r\n\u0000.\r\nx");
    }

    @Test
    void onlyThisUserMayLook() throws Exception {
        deliver(SHARED, ACME, part(1), "a");

        try (Stream<Path> paths = Files.walk(data.resolve("providers"))) {
            assertThat(paths)
                    .hasSize(6)
                    .allSatisfy(path -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------"));
        }
    }

    @Test
    void aPartDeliveredAgainReplacesItsCopyAndPartsStandSideBySide() throws Exception {
        deliver(OWN, ACME, part(1), "first");
        deliver(OWN, ACME, part(1), "second");
        PartId sibling = new PartId(part(1).message(), 3);
        deliver(OWN, ACME, sibling, "sibling");

        assertThat(ids(ACME))
                .containsExactly(sibling.message() + "-3", sibling.message().toString());
        assertThat(raw(ACME, sibling.message().toString())).isEqualTo("second");
    }

    @Test
    void aTenantSeesItsOwnMessagesOnly() throws Exception {
        deliver(SHARED, ACME, part(1), "a");
        deliver(SHARED, OTHER, part(2), "b");
        deliver(OWN, ACME, part(3), "c");

        assertThat(ids(ACME)).containsExactly(id(3), id(1));
        assertThat(ids(OTHER)).containsExactly(id(2));
        assertThat(ids(new TenantId("stranger"))).isEmpty();
        assertThat(store().find(OTHER, id(1))).isEmpty();
        assertThat(store().open(OTHER, id(1))).isEmpty();
        assertThat(store().open(ACME, "../../other/kept/" + id(2))).isEmpty();
    }

    @Test
    void pagesGoFromTheNewestToTheOldest() throws Exception {
        for (int i = 1; i <= 7; i++) {
            deliver(i % 2 == 0 ? OWN : SHARED, ACME, part(i), "m");
        }
        List<List<String>> pages = new ArrayList<>();
        Optional<String> cursor = Optional.empty();
        do {
            CaptureStore.Page page = store().list(ACME, cursor, 3);
            pages.add(page.messages().stream().map(CapturedMessage::id).toList());
            cursor = page.nextCursor();
        } while (cursor.isPresent());

        assertThat(pages).containsExactly(List.of(id(7), id(6), id(5)), List.of(id(4), id(3), id(2)), List.of(id(1)));
        assertThatThrownBy(() -> store().list(ACME, Optional.of("nonsense"), 3))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theOldestAreDroppedAlsoThoseOfAnEarlierRun() throws Exception {
        deliver(SHARED, ACME, part(1), "a");
        deliver(SHARED, ACME, part(2), "b");
        try (EspProvider account = account(SHARED, Map.of("maxMessages", 3))) {
            for (int i = 3; i <= 5; i++) {
                account.deliver(delivery(ACME, part(i), "c"));
            }
        }

        assertThat(ids(ACME)).containsExactly(id(5), id(4), id(3));
    }

    @Test
    void theOldestAreDroppedBeyondTheBytesToo() throws Exception {
        deliver(OWN, ACME, part(1), "x".repeat(50_000));
        deliver(OWN, ACME, part(2), "x".repeat(50_000));
        try (EspProvider account = account(OWN, Map.of("maxBytes", 120_000))) {
            account.deliver(delivery(ACME, part(3), "small"));
            assertThat(ids(ACME)).containsExactly(id(3), id(2), id(1));
            account.deliver(delivery(ACME, part(4), "x".repeat(50_000)));
            assertThat(ids(ACME)).containsExactly(id(4), id(3), id(2));
            account.deliver(delivery(ACME, part(5), "x".repeat(200_000)));
            assertThat(ids(ACME)).containsExactly(id(5));
            account.deliver(delivery(ACME, part(6), "small"));
            assertThat(ids(ACME)).containsExactly(id(6));
        }
    }

    @Test
    void aMessageDeliveredAgainCountsOnce() throws Exception {
        try (EspProvider account = account(OWN, Map.of("maxBytes", 120_000))) {
            account.deliver(delivery(ACME, part(1), "small"));
            for (int i = 0; i < 3; i++) {
                account.deliver(delivery(ACME, part(2), "x".repeat(100_000)));
            }
        }

        assertThat(ids(ACME)).containsExactly(id(2), id(1));
    }

    @Test
    void aTenantsFloodDisplacesItsOwnMessagesOnly() throws Exception {
        deliver(SHARED, OTHER, part(1), "of an earlier run");
        try (EspProvider account = account(SHARED, Map.of("maxMessages", 3, "maxBytes", 120_000))) {
            account.deliver(delivery(OTHER, part(2), "new"));
            for (int i = 3; i <= 10; i++) {
                account.deliver(delivery(ACME, part(i), "x".repeat(50_000)));
            }
        }

        assertThat(ids(ACME)).containsExactly(id(10), id(9));
        assertThat(ids(OTHER)).containsExactly(id(2), id(1));
    }

    /** Operators rely on these: change one and say so in the change log. */
    @Test
    void keysAndDefaults() {
        assertThat(new CaptureProviderFactory().schema().settings())
                .extracting(Setting::name, setting -> setting.fallback().orElseThrow())
                .containsExactly(tuple("maxMessages", 10_000), tuple("maxBytes", 1_073_741_824));
    }

    @Test
    void contentThatCannotBeReadLeavesNothingBehind() throws Exception {
        MessageContent broken = new MessageContent() {
            @Override
            public long size() {
                return 100;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(new byte[99]);
            }
        };
        try (EspProvider account = account(OWN, Map.of())) {
            assertThat(account.deliver(delivery(ACME, part(1), broken))).allMatch(Refused.class::isInstance);
        }

        assertThat(handovers).hasValue(0);
        try (Stream<Path> paths = Files.walk(folder)) {
            assertThat(paths.filter(Files::isRegularFile)).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Subject: plain                                       | plain",
                "sUBJECT:plain                                        | plain",
                "From: a~Subject: two~ lines~To: b                    | two lines",
                "Subject: =?UTF-8?B?R3LDvMOfZQ==?=                    | Grüße",
                "Subject: =?ISO-8859-1?Q?a=FC_b?= c =?utf-8*de?q?d?=  | aü b c d",
                "Subject: =?utf-8?Q?joi?=~ =?utf-8?Q?ned?=            | joined",
                "Subject: =?no-such?Q?x?=                             | =?no-such?Q?x?=",
                "Subject: =?utf-8?B?!!?=                              | =?utf-8?B?!!?=",
                "Subject: =?utf-8?Q?a=0Ab=1B?=                        | a?b?",
                "From: a~~Subject: body                               | ''",
            })
    void subjectsAreDecodedForDisplay(String header, String subject) throws Exception {
        deliver(OWN, ACME, part(1), header.replace("~", "\r\n") + "\r\n\r\nbody\r\n");

        assertThat(store().find(ACME, id(1)).orElseThrow().subject()).isEqualTo(subject);
    }

    private CaptureStore store() {
        return new CaptureStore(folder);
    }

    private List<String> ids(TenantId tenant) throws IOException {
        return store().list(tenant, Optional.empty(), 100).messages().stream()
                .map(CapturedMessage::id)
                .toList();
    }

    private String raw(TenantId tenant, String id) throws IOException {
        try (InputStream in = store().open(tenant, id).orElseThrow()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private EspProvider account(AccountId account, Map<String, Object> settings) {
        CaptureProviderFactory factory = new CaptureProviderFactory();
        return factory.create(
                factory.schema().complete(settings), new ProviderContext(account, "client.example", folder));
    }

    private List<ProviderAnswer> deliver(AccountId account, TenantId tenant, PartId part, String content)
            throws InterruptedException {
        try (EspProvider provider = account(account, Map.of())) {
            return provider.deliver(delivery(tenant, part, content));
        }
    }

    private Delivery delivery(TenantId tenant, PartId part, String content) {
        byte[] octets = content.getBytes(StandardCharsets.UTF_8);
        return delivery(tenant, part, new MessageContent() {
            @Override
            public long size() {
                return octets.length;
            }

            @Override
            public InputStream open() {
                return new ByteArrayInputStream(octets);
            }
        });
    }

    private Delivery delivery(TenantId tenant, PartId part, MessageContent content) {
        Envelope envelope = new Envelope(
                Optional.of(EmailAddress.parse("from@example.com")),
                List.of(EmailAddress.parse("a@example.net"), EmailAddress.parse("grün@example.net")));
        return new Delivery(part, tenant, envelope, Needs.NOTHING, content, Instant.MAX, handovers::incrementAndGet);
    }

    private static PartId part(int number) {
        return new PartId(new MessageId((1_700_000_000_000L + number) << 16, number), 0);
    }

    private static String id(int number) {
        return part(number).message().toString();
    }
}
