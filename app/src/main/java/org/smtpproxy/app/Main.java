package org.smtpproxy.app;

import org.smtpproxy.app.cli.DeadLetterCommand;
import org.smtpproxy.app.cli.MessageCommand;
import org.smtpproxy.app.cli.QueueCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program: one command for the server, the others for whoever operates it. */
@Command(
        name = "smtp-proxy",
        description = "Relays the mail of many tenants through their providers.",
        mixinStandardHelpOptions = true,
        version = "smtp-proxy 0.1.0",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {RunCommand.class, MessageCommand.class, QueueCommand.class, DeadLetterCommand.class})
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(new CommandLine(new Main())
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println("smtp-proxy: " + failure.getMessage());
                    return command.getCommandSpec().exitCodeOnExecutionException();
                })
                .execute(arguments));
    }
}
