package org.smtpproxy.app.cli;

import java.io.PrintStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code message}: the messages that capture providers kept. */
@Command(name = "message", description = "Looks at captured messages.", mixinStandardHelpOptions = true)
public final class MessageCommand {
    private static final int NOT_FOUND = 1;
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}&&[^\\n\\t]]", Pattern.UNICODE_CHARACTER_CLASS);

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Command(name = "list", description = "Lists captured messages, newest first.", mixinStandardHelpOptions = true)
    int list(
            @Mixin NodeClient node,
            @Option(names = "--tenant", description = "Only this tenant's") @Nullable String tenant,
            @Option(names = "--json", description = "Print JSON") boolean json) {
        return Reported.run(spec, () -> {
            List<Map<String, Object>> all = new ArrayList<>();
            Table table = new Table("ID", "TENANT", "CAPTURED", "FROM", "TO", "SIZE", "SUBJECT");
            for (String each : node.tenants(tenant)) {
                for (JsonNode message : node.list("tenants/" + each + "/captured")) {
                    all.add(Map.of("tenant", each, "message", message));
                    table.row(
                            text(message, "id"),
                            each,
                            text(message, "capturedAt"),
                            "<" + text(message, "sender") + ">",
                            recipients(message),
                            text(message, "size"),
                            text(message, "subject"));
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

    @Command(name = "show", description = "Shows a captured message.", mixinStandardHelpOptions = true)
    int show(
            @Mixin NodeClient node,
            @Parameters(paramLabel = "ID", description = "The id of the 250 reply") String id,
            @Option(names = "--tenant", description = "Look only at this tenant's") @Nullable String tenant,
            @Option(names = "--raw", description = "Print the message itself, byte for byte") boolean raw) {
        return Reported.run(spec, () -> {
            for (String each : node.tenants(tenant)) {
                String path = "tenants/" + each + "/captured/" + URLEncoder.encode(id, StandardCharsets.UTF_8);
                if (node.exists(path)) {
                    print(node, path, raw);
                    return 0;
                }
            }
            spec.commandLine().getErr().println("there is no captured message " + id);
            return NOT_FOUND;
        });
    }

    private void print(NodeClient node, String path, boolean raw) {
        byte[] content = node.raw(path + "/raw");
        PrintStream out = System.out;
        if (!raw) {
            JsonNode message = node.get(path);
            out.println("Id:         " + text(message, "id"));
            out.println("Provider:   " + text(message, "provider"));
            out.println("Captured:   " + text(message, "capturedAt"));
            out.println("Sender:     <" + text(message, "sender") + ">");
            message.get("recipients").forEach(recipient -> out.println("Recipient:  <" + recipient.asString() + ">"));
            out.println("Size:       " + text(message, "size"));
            out.println();
            out.println(harmless(new String(content, StandardCharsets.UTF_8).replace("\r\n", "\n")));
        } else {
            out.write(content, 0, content.length);
        }
        out.flush();
    }

    /** A stranger's text could tell the terminal what to do. */
    private static String harmless(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }

    private static String recipients(JsonNode message) {
        JsonNode recipients = message.get("recipients");
        int more = recipients.size() - 1;
        return recipients.get(0).asString() + (more > 0 ? " +" + more : "");
    }

    private static String text(JsonNode node, String field) {
        return node.get(field).asString();
    }
}
