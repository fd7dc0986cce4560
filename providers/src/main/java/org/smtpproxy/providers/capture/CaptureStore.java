package org.smtpproxy.providers.capture;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.TenantId;

/** Reads what the capture accounts kept, a tenant's own messages only. May be used while accounts write. */
public final class CaptureStore {
    private static final Pattern CURSOR = Pattern.compile("[0-9A-Z]{26}(-\\d{1,19})?,[a-z0-9/._-]{1,128}");

    private final CaptureFolder folder;

    /** @param folder the one given to the accounts in their {@code ProviderContext} */
    public CaptureStore(Path folder) {
        this.folder = new CaptureFolder(folder);
    }

    /** Some messages, newest first, and where to go on. */
    public record Page(List<CapturedMessage> messages, Optional<String> nextCursor) {
        public Page {
            messages = List.copyOf(messages);
        }
    }

    /**
     * Lists the messages that come after the cursor of an earlier page.
     *
     * @throws IllegalArgumentException when the cursor is none
     */
    public Page list(TenantId tenant, Optional<String> cursor, int limit) throws IOException {
        if (cursor.isPresent() && !CURSOR.matcher(cursor.get()).matches()) {
            throw new IllegalArgumentException("not a cursor: " + cursor.get());
        }
        List<CapturedMessage> page = new ArrayList<>();
        String last = "";
        for (Entry entry : newestFirst(tenant)) {
            if (cursor.isPresent() && entry.key().compareTo(cursor.get()) >= 0) {
                continue;
            }
            if (page.size() == limit) {
                return new Page(page, Optional.of(last));
            }
            readIfThere(entry.file()).ifPresent(page::add);
            last = entry.key();
        }
        return new Page(page, Optional.empty());
    }

    /** What is known of one message; empty when the tenant has none of this id. */
    public Optional<CapturedMessage> find(TenantId tenant, String id) throws IOException {
        Optional<Path> file = file(tenant, id);
        return file.isPresent() ? readIfThere(file.get()) : Optional.empty();
    }

    /** The message's content, to be closed by the caller; empty when the tenant has none of this id. */
    public Optional<InputStream> open(TenantId tenant, String id) throws IOException {
        Optional<Path> file = file(tenant, id);
        try {
            return file.isPresent() ? Optional.of(CapturedFile.open(file.get())) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** @param key what the order and the cursor go by: the id, which sorts by time, then the account */
    private record Entry(String id, String key, Path file) {}

    private List<Entry> newestFirst(TenantId tenant) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Map.Entry<AccountId, Path> account : folder.ofTenant(tenant).entrySet()) {
            for (Path file : CaptureFolder.messages(account.getValue())) {
                String name = CaptureFolder.name(file);
                String id = name.substring(0, name.length() - CaptureFolder.SUFFIX.length());
                entries.add(new Entry(id, id + "," + account.getKey(), file));
            }
        }
        entries.sort(Comparator.comparing(Entry::key).reversed());
        return entries;
    }

    private Optional<Path> file(TenantId tenant, String id) throws IOException {
        return newestFirst(tenant).stream()
                .filter(entry -> entry.id().equals(id))
                .map(Entry::file)
                .findFirst();
    }

    /** Empty when it was dropped in the meantime. */
    private static Optional<CapturedMessage> readIfThere(Path file) throws IOException {
        try {
            return Optional.of(CapturedFile.read(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
