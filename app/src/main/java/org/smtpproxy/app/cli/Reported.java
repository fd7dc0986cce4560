package org.smtpproxy.app.cli;

import java.util.function.IntSupplier;

import picocli.CommandLine.Model.CommandSpec;

/** Runs a command's work; what failed is told in one line and by the exit code. */
final class Reported {
    private static final int FAILED = 1;

    private Reported() {}

    static int run(CommandSpec spec, IntSupplier work) {
        try {
            return work.getAsInt();
        } catch (NodeClient.FailedException failed) {
            spec.commandLine().getErr().println("smtp-proxy: " + failed.getMessage());
            return FAILED;
        }
    }
}
