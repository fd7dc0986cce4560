package org.smtpproxy.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The processes of the installation, and what the control plane asks of them. A node that hears of a command looks here. */
public final class NodeStore {
    static final String CHANNEL = "smtp_proxy_commands";

    private final Transactions transactions;

    public NodeStore(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Called by the node, at its start and every few seconds. */
    public void report(NodeStatus node) {
        transactions.forAll(sql -> sql.sql("""
                        insert into nodes (id, roles, epoch, version, health, started_at, heartbeat_at)
                        values (:id, :roles, :epoch, :version, cast(:health as jsonb), :started, :heartbeat)
                        on conflict (id) do update
                        set roles = excluded.roles, epoch = excluded.epoch, version = excluded.version,
                            health = excluded.health, started_at = excluded.started_at,
                            heartbeat_at = excluded.heartbeat_at
                        """)
                .param("id", node.id())
                .param("roles", node.roles().toArray(String[]::new))
                .param("epoch", node.epoch())
                .param("version", node.version())
                .param("health", node.health())
                .param("started", Rows.time(node.startedAt()))
                .param("heartbeat", Rows.time(node.heartbeatAt()))
                .update());
    }

    /** In the order of their ids; there are never many. */
    public List<NodeStatus> list() {
        return transactions.forAll(sql -> sql.sql("select * from nodes order by id")
                .query((row, number) -> node(row))
                .list());
    }

    /** Forgets nodes that have been silent since a time, and their commands. */
    public int forget(Instant silentSince) {
        return transactions.forAll(sql -> sql.sql("delete from nodes where heartbeat_at < ?")
                .param(Rows.time(silentSince))
                .update());
    }

    /**
     * Asks one node.
     *
     * @return empty when there is no such node
     */
    public Optional<NodeCommand> ask(String node, String kind, String arguments, String createdBy) {
        return transactions.forAll(sql -> {
            Optional<NodeCommand> command = sql.sql("""
                            insert into node_commands (node_id, kind, arguments, created_by)
                            select id, :kind, cast(:arguments as jsonb), :by from nodes where id = :node
                            returning *
                            """)
                    .param("kind", kind)
                    .param("arguments", arguments)
                    .param("by", createdBy)
                    .param("node", node)
                    .query((row, number) -> command(row))
                    .optional();
            command.ifPresent(asked ->
                    sql.sql("select pg_notify(?, ?)").params(CHANNEL, node).query(rows -> {}));
            return command;
        });
    }

    /** What the node hasn't acknowledged, oldest first. */
    public List<NodeCommand> open(String node) {
        return transactions.forAll(
                sql -> sql.sql("select * from node_commands where node_id = ? and acknowledged_at is null order by id")
                        .param(node)
                        .query((row, number) -> command(row))
                        .list());
    }

    /** @return whether it was open */
    public boolean acknowledge(long command, String result) {
        return transactions.forAll(sql -> sql.sql("""
                                update node_commands set acknowledged_at = now(), result = cast(? as jsonb)
                                where id = ? and acknowledged_at is null
                                """).params(result, command).update() > 0);
    }

    public Optional<NodeCommand> command(long id) {
        return transactions.forAll(sql -> sql.sql("select * from node_commands where id = ?")
                .param(id)
                .query((row, number) -> command(row))
                .optional());
    }

    public int forgetCommands(Instant createdBefore) {
        return transactions.forAll(sql -> sql.sql("delete from node_commands where created_at < ?")
                .param(Rows.time(createdBefore))
                .update());
    }

    private static NodeStatus node(ResultSet row) throws SQLException {
        return new NodeStatus(
                row.getString("id"),
                Rows.texts(row, "roles").orElse(List.of()),
                row.getLong("epoch"),
                row.getString("version"),
                row.getString("health"),
                Rows.instant(row, "started_at"),
                Rows.instant(row, "heartbeat_at"));
    }

    private static NodeCommand command(ResultSet row) throws SQLException {
        return new NodeCommand(
                row.getLong("id"),
                row.getString("node_id"),
                row.getString("kind"),
                row.getString("arguments"),
                row.getString("created_by"),
                Rows.instant(row, "created_at"),
                Rows.optionalInstant(row, "acknowledged_at"),
                Rows.optionalText(row, "result"));
    }
}
