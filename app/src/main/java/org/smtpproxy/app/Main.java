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
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(commands(arguments)
                .setExecutionExceptionHandler((failure, command, parsed) -> {
                    command.getErr().println("smtp-proxy: " + failure.getMessage());
                    return command.getCommandSpec().exitCodeOnExecutionException();
                })
                .execute(arguments));
    }

    /** The server doesn't wait for the descriptions of commands that it won't run. */
    private static CommandLine commands(String[] arguments) {
        CommandLine commands = new CommandLine(new Main()).addSubcommand(new RunCommand());
        boolean isServer = arguments.length > 0 && arguments[0].equals("run");
        return isServer
                ? commands
                : commands.addSubcommand(new MessageCommand())
                        .addSubcommand(new QueueCommand())
                        .addSubcommand(new DeadLetterCommand());
    }
}
