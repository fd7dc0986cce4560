package org.smtpproxy.providers.capture;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.PartId;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Refused;
import org.smtpproxy.mail.ProviderAnswer.Relayed;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.provider.Delivery;
import org.smtpproxy.provider.EspProvider;

/**
 * A capture account. A message is on disk before it counts as relayed; the same part delivered again replaces its
 * first copy. The bounds hold for each tenant by itself.
 */
final class CaptureProvider implements EspProvider {
    private static final int CONCURRENT = 16;

    private final CaptureFolder folder;
    private final AccountId account;
    private final int maxMessages;
    private final long maxBytes;
    private final ConcurrentHashMap<TenantId, KeptMessages> kept = new ConcurrentHashMap<>();

    CaptureProvider(CaptureFolder folder, AccountId account, int maxMessages, long maxBytes) {
        this.folder = folder;
        this.account = account;
        this.maxMessages = maxMessages;
        this.maxBytes = maxBytes;
    }

    @Override
    public List<ProviderAnswer> deliver(Delivery delivery) {
        String id = id(delivery.part());
        ProviderAnswer answer;
        try {
            capture(id, delivery);
            answer = new Relayed(Optional.of(id), Reply.of(250, "2.0.0", "Ok: captured as " + id));
        } catch (IOException e) {
            answer = new Refused(
                    Scope.PROVIDER,
                    Kind.TRANSIENT,
                    Reply.of(
                            451,
                            "4.3.0",
                            "the capture folder can't be written: "
                                    + e.getClass().getSimpleName()));
        }
        return Collections.nCopies(delivery.envelope().recipients().size(), answer);
    }

    @Override
    public int maxConcurrentDeliveries() {
        return CONCURRENT;
    }

    @Override
    public void close() {
        // Nothing stays open between deliveries.
    }

    static String id(PartId part) {
        return part.number() == 0 ? part.message().toString() : part.message() + "-" + part.number();
    }

    private void capture(String id, Delivery delivery) throws IOException {
        Path tenantFolder = folder.of(account, delivery.tenant());
        CaptureFolder.make(tenantFolder);
        String name = id + CaptureFolder.SUFFIX;
        CapturedMessage message = new CapturedMessage(
                id,
                delivery.tenant(),
                account,
                delivery.envelope().senderText(),
                delivery.envelope().recipients().stream()
                        .map(EmailAddress::toString)
                        .toList(),
                Instant.now().truncatedTo(ChronoUnit.MILLIS),
                delivery.content().size(),
                Subject.of(delivery.content()));
        CapturedFile.write(tenantFolder, name, message, delivery.content(), delivery.handover()::begins);
        kept.computeIfAbsent(delivery.tenant(), tenant -> new KeptMessages(tenantFolder, maxMessages, maxBytes))
                .add(name);
    }
}
