package org.smtpproxy.app.operations;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.MessageId;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.mail.TenantId;
import org.smtpproxy.providers.capture.CaptureStore;
import org.smtpproxy.providers.capture.CapturedMessage;
import org.smtpproxy.queue.DeadLetter;
import org.smtpproxy.queue.LaneSummary;
import org.smtpproxy.queue.MessageQueue;
import org.smtpproxy.tenancy.ConfigurationSource;
import org.smtpproxy.tenancy.TenantSnapshot;

/** The read side of the REST API ({@code docs/api.md}): tenants, captured messages, dead letters, and what waits. */
public final class Api {
    private final ConfigurationSource configuration;
    private final MessageQueue queue;
    private final CaptureStore captured;

    public Api(ConfigurationSource configuration, MessageQueue queue, CaptureStore captured) {
        this.configuration = configuration;
        this.queue = queue;
        this.captured = captured;
    }

    /** What a path answers with. */
    sealed interface Answer {
        /** A body that is written as JSON. */
        record Json(Object body) implements Answer {}

        /** A message, as it is. Whoever sends it closes the content. */
        record Raw(long size, InputStream content) implements Answer {}
    }

    /** A list, and where its next page begins. */
    record Page<T>(List<T> items, @Nullable String nextCursor) {}

    record Tenant(String id, String name) {}

    record Captured(
            String id,
            String provider,
            String sender,
            List<String> recipients,
            String subject,
            Instant capturedAt,
            long size) {}

    record Recipient(
            String address,
            String state,
            int attempts,
            @Nullable String reason) {}

    record DeadLettered(
            String id, String sender, Instant receivedAt, Instant givenUpAt, long size, List<Recipient> recipients) {}

    record Waiting(
            String tenant,
            String provider,
            Map<String, Long> waiting,
            long delivering,
            Map<String, Instant> oldest,
            Instant nextDue) {}

    /** @param path the segments behind {@code /api/v1/} */
    Answer get(List<String> path, Query query) throws IOException {
        return switch (path.getFirst()) {
            case "tenants" -> path.size() == 1 ? tenants() : ofTenant(path, query);
            case "queue" -> waiting();
            default -> throw Problem.notFound("resource " + String.join("/", path));
        };
    }

    private Answer tenants() {
        List<Tenant> items = configuration.current().tenants().stream()
                .map(tenant -> new Tenant(tenant.id().value(), tenant.name()))
                .toList();
        return new Answer.Json(new Page<>(items, null));
    }

    private Answer waiting() {
        List<Waiting> items = queue.summary().stream().map(Api::waiting).toList();
        return new Answer.Json(new Page<>(items, null));
    }

    private Answer ofTenant(List<String> path, Query query) throws IOException {
        TenantId tenant = tenant(path.get(1));
        String resource = String.join("/", path.subList(2, path.size()));
        if (resource.equals("captured")) {
            return captured(tenant, query);
        }
        if (resource.equals("dead-letters")) {
            return deadLetters(tenant, query);
        }
        if (path.size() >= 4 && path.get(2).equals("captured")) {
            CapturedMessage message = captured.find(tenant, path.get(3))
                    .orElseThrow(() -> Problem.notFound("captured message " + path.get(3)));
            if (path.size() == 4) {
                return new Answer.Json(captured(message));
            }
            if (path.size() == 5 && path.get(4).equals("raw")) {
                return new Answer.Raw(
                        message.size(), captured.open(tenant, path.get(3)).orElseThrow());
            }
        }
        throw Problem.notFound("resource " + resource + " of a tenant");
    }

    private TenantId tenant(String name) {
        return configuration.current().tenants().stream()
                .map(TenantSnapshot::id)
                .filter(id -> id.value().equals(name))
                .findFirst()
                .orElseThrow(() -> Problem.notFound("tenant " + name));
    }

    private Answer captured(TenantId tenant, Query query) throws IOException {
        try {
            CaptureStore.Page page = captured.list(tenant, query.cursor(), query.limit());
            List<Captured> items = page.messages().stream().map(Api::captured).toList();
            return new Answer.Json(new Page<>(items, page.nextCursor().orElse(null)));
        } catch (IllegalArgumentException nonsense) {
            throw badCursor();
        }
    }

    private Answer deadLetters(TenantId tenant, Query query) {
        Optional<MessageId> after = query.cursor().map(Api::messageId);
        List<DeadLettered> items = queue.deadLetters(tenant, after, query.limit()).stream()
                .map(Api::deadLettered)
                .toList();
        String next = items.size() < query.limit() ? null : items.getLast().id();
        return new Answer.Json(new Page<>(items, next));
    }

    private static MessageId messageId(String cursor) {
        try {
            return MessageId.parse(cursor);
        } catch (IllegalArgumentException nonsense) {
            throw badCursor();
        }
    }

    private static Problem badCursor() {
        return new Problem(400, "Bad request", "cursor must be a nextCursor of an earlier answer");
    }

    private static Captured captured(CapturedMessage message) {
        return new Captured(
                message.id(),
                message.account().toString(),
                message.sender(),
                message.recipients(),
                message.subject(),
                message.capturedAt(),
                message.size());
    }

    private static DeadLettered deadLettered(DeadLetter letter) {
        return new DeadLettered(
                letter.part().message().toString(),
                letter.sender().map(EmailAddress::toString).orElse(""),
                letter.receivedAt(),
                letter.givenUpAt(),
                letter.content().size(),
                letter.recipients().stream()
                        .map(recipient -> new Recipient(
                                recipient.address().toString(),
                                "expired",
                                recipient.attempts(),
                                recipient.lastReply().map(Reply::toString).orElse(null)))
                        .toList());
    }

    private static Waiting waiting(LaneSummary lane) {
        Map<String, Long> waiting = new TreeMap<>();
        lane.waiting().forEach((reason, count) -> waiting.put(reason.word(), count));
        Map<String, Instant> oldest = new TreeMap<>();
        lane.oldest().forEach((reason, accepted) -> oldest.put(reason.word(), accepted));
        return new Waiting(
                lane.lane().tenant().value(),
                lane.lane().account().toString(),
                waiting,
                lane.leased(),
                oldest,
                lane.nextDue());
    }
}
