package org.smtpproxy.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.smtpproxy.mail.TenantId;
import org.smtpproxy.tenancy.state.Problem;
import org.smtpproxy.tenancy.state.State;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Providers between the tables and the state's records, alike for own and shared ones. */
final class ProviderRows {
    private ProviderRows() {}

    record Row(Optional<TenantId> tenant, Documents.Provider document) {}

    @FunctionalInterface
    interface RowReader {
        Row read(ResultSet row) throws SQLException;
    }

    private record Meta(Optional<TenantId> tenant, long version, Instant createdAt, Instant updatedAt) {}

    static List<StoredProvider> stored(JdbcClient.StatementSpec statement, RowReader reader) {
        Map<String, Documents.Provider> documents = new LinkedHashMap<>();
        List<Meta> metas = new ArrayList<>();
        statement.query(row -> {
            Row read = reader.read(row);
            documents.put(read.document().id(), read.document());
            metas.add(new Meta(
                    read.tenant(),
                    row.getLong("version"),
                    Rows.instant(row, "created_at"),
                    Rows.instant(row, "updated_at")));
        });
        List<State.Provider> providers =
                new Documents.Whole(documents, Map.of()).state().providers();
        List<StoredProvider> stored = new ArrayList<>();
        for (int i = 0; i < metas.size(); i++) {
            Meta meta = metas.get(i);
            stored.add(new StoredProvider(
                    meta.tenant(), providers.get(i), meta.version(), meta.createdAt(), meta.updatedAt()));
        }
        return stored;
    }

    static Documents.Provider document(State.Provider provider) {
        return Documents.of(new State(List.of(provider), List.of()))
                .shared()
                .values()
                .iterator()
                .next();
    }

    /** With what is stored in the place of masked values; a mask over nothing refuses the change. */
    static Documents.Provider lift(Documents.Provider given, Optional<Documents.Provider> before) {
        List<Problem> problems = new ArrayList<>();
        Documents.Provider lifted = new Masks(text -> problems.add(new Problem(0, "", text))).lift(given, before, "");
        if (!problems.isEmpty()) {
            throw new Undone(new Outcome.Refused<>(problems));
        }
        return lifted;
    }
}
