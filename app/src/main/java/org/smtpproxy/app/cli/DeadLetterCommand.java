package org.smtpproxy.app.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code dlq}: recipients that were given up on. */
@Command(name = "dlq", description = "Looks at the dead letters.", mixinStandardHelpOptions = true)
public final class DeadLetterCommand {
    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(name = "list", description = "Lists dead letters, oldest first.", mixinStandardHelpOptions = true)
    int list(
            @Mixin NodeClient node,
            @Option(names = "--tenant", description = "Only this tenant's") @Nullable String tenant,
            @Option(names = "--json", description = "Print JSON") boolean json) {
        return Reported.run(spec, () -> {
            List<Map<String, Object>> all = new ArrayList<>();
            Table table = new Table("ID", "TENANT", "GIVEN UP", "FROM", "TO", "ATTEMPTS", "REASON");
            for (String each : node.tenants(tenant)) {
                for (JsonNode letter : node.list("tenants/" + each + "/dead-letters")) {
                    all.add(Map.of("tenant", each, "deadLetter", letter));
                    for (JsonNode recipient : letter.get("recipients")) {
                        table.row(
                                letter.get("id").asString(),
                                each,
                                letter.get("givenUpAt").asString(),
                                "<" + letter.get("sender").asString() + ">",
                                recipient.get("address").asString(),
                                recipient.get("attempts").asString(),
                                recipient.path("reason").asString(""));
                    }
                }
            }
            if (json) {
                spec.commandLine().getOut().println(JsonMapper.shared().writeValueAsString(all));
            } else {
                table.print(spec.commandLine().getOut());
            }
            return 0;
        });
    }
}
