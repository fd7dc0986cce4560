package org.smtpproxy.store;

import java.util.List;

import org.springframework.jdbc.core.simple.JdbcClient;

/** Everything that is sealed, wherever it lies: for changing keys in the background. The configuration stays the same. */
public final class SealedStore {
    private final Transactions transactions;
    private final SecretCodec codec;

    public SealedStore(Transactions transactions, SecretCodec codec) {
        this.transactions = transactions;
        this.codec = codec;
    }

    /**
     * Seals some values anew. To be called until nothing is left.
     *
     * @param current how values under the current key begin
     * @return how many it were
     */
    public int reseal(String current, int most) {
        return transactions.forAll(sql -> reseal(sql, "providers", "tenant_id", "settings_sealed", current, most)
                + reseal(sql, "shared_providers", "''", "settings_sealed", current, most)
                + reseal(sql, "tenants", "id", "secret_settings_sealed", current, most));
    }

    private record Value(String tenant, String id, String sealed) {}

    private int reseal(JdbcClient sql, String table, String tenant, String column, String current, int most) {
        List<Value> old = sql.sql(
                        "select %2$s as tenant, id, %3$s as text from %1$s where not starts_with(%3$s, ?) limit ? for update"
                                .formatted(table, tenant, column))
                .params(current, most)
                .query((row, number) -> new Value(row.getString("tenant"), row.getString("id"), row.getString("text")))
                .list();
        for (Value value : old) {
            String owner = owner(table, value);
            sql.sql("update %1$s set %2$s = ? where id = ? and %3$s = ?".formatted(table, column, tenant))
                    .params(codec.seal(owner, codec.open(owner, value.sealed())), value.id(), value.tenant())
                    .update();
        }
        return old.size();
    }

    private static String owner(String table, Value value) {
        return switch (table) {
            case "providers" -> SecretOwner.provider(value.tenant(), value.id());
            case "shared_providers" -> SecretOwner.sharedProvider(value.id());
            default -> SecretOwner.tenant(value.id());
        };
    }
}
