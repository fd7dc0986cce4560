package org.smtpproxy.store;

import java.time.Instant;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Remembers requests by the key their client gave them, so that one that is repeated isn't done twice. The response is
 * kept as the caller gives it: sealed, for it may have a new secret in it.
 */
public final class IdempotencyStore {
    private final Transactions transactions;

    public IdempotencyStore(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Whether a request is to be done. */
    public sealed interface Start {
        /** Do it, then {@link IdempotencyStore#finish} or {@link IdempotencyStore#abandon}. */
        record First() implements Start {}

        /** It was done; answer as then. */
        record Again(int status, String response) implements Start {}

        /** It is being done right now. */
        record Running() implements Start {}

        /** The key was used for another request. */
        record Other() implements Start {}
    }

    /** @param scope whose key it is: the tenant and the caller */
    public Start start(String scope, String key, String requestHash, Instant expiresAt) {
        return transactions.forAll(sql -> {
            boolean first = sql.sql("""
                                    insert into idempotency_keys (scope, key, request_hash, expires_at)
                                    values (:scope, :key, :hash, :expires)
                                    on conflict (scope, key) do update
                                    set request_hash = excluded.request_hash, expires_at = excluded.expires_at,
                                        status = null, response = null
                                    where idempotency_keys.expires_at <= now()
                                    """)
                            .param("scope", scope)
                            .param("key", key)
                            .param("hash", requestHash)
                            .param("expires", Rows.time(expiresAt))
                            .update()
                    > 0;
            return first ? new Start.First() : before(sql, scope, key, requestHash);
        });
    }

    private static Start before(JdbcClient sql, String scope, String key, String requestHash) {
        return sql.sql("select request_hash, status, response from idempotency_keys where scope = ? and key = ?")
                .params(scope, key)
                .query((row, number) -> {
                    if (!row.getString("request_hash").equals(requestHash)) {
                        return new Start.Other();
                    }
                    int status = row.getInt("status");
                    return row.wasNull() ? new Start.Running() : new Start.Again(status, row.getString("response"));
                })
                .single();
    }

    public void finish(String scope, String key, int status, String response) {
        transactions.forAll(
                sql -> sql.sql("update idempotency_keys set status = ?, response = ? where scope = ? and key = ?")
                        .params(status, response, scope, key)
                        .update());
    }

    /** It came to nothing; the client may try again. */
    public void abandon(String scope, String key) {
        transactions.forAll(
                sql -> sql.sql("delete from idempotency_keys where scope = ? and key = ? and status is null")
                        .params(scope, key)
                        .update());
    }

    public int forgetExpired() {
        return transactions.forAll(sql -> sql.sql("delete from idempotency_keys where expires_at <= now()")
                .update());
    }
}
