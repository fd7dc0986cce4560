package org.smtpproxy.app.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;

import static java.util.Comparator.naturalOrder;

/** {@code queue}: what waits, since when, and why. */
@Command(name = "queue", description = "Looks at what waits to be delivered.", mixinStandardHelpOptions = true)
public final class QueueCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(
            name = "summary",
            description = "Depth, reason and age by tenant and provider.",
            mixinStandardHelpOptions = true)
    int summary(@Mixin NodeClient node, @Option(names = "--json", description = "Print JSON") boolean json) {
        return Reported.run(spec, () -> {
            JsonNode summary = node.get("queue");
            if (json) {
                spec.commandLine().getOut().println(summary);
                return 0;
            }
            Table table = new Table("TENANT", "PROVIDER", "WAITING", "WHY", "DELIVERING", "OLDEST", "NEXT ATTEMPT");
            for (JsonNode lane : summary.get("items")) {
                long waiting = 0;
                StringBuilder why = new StringBuilder();
                for (var reason : lane.get("waiting").properties()) {
                    waiting += reason.getValue().asLong();
                    why.append(why.isEmpty() ? "" : ", ")
                            .append(reason.getKey())
                            .append(' ')
                            .append(reason.getValue());
                }
                table.row(
                        lane.get("tenant").asString(),
                        lane.get("provider").asString(),
                        Long.toString(waiting),
                        why.toString(),
                        lane.get("delivering").asString(),
                        lane.get("oldest")
                                .valueStream()
                                .map(JsonNode::asString)
                                .min(naturalOrder())
                                .orElse("-"),
                        lane.get("nextDue").asString());
            }
            table.print(spec.commandLine().getOut());
            return 0;
        });
    }
}
