package org.smtpproxy.testkit.process;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * How the packaged program is started: the program itself (<code>bin/smtp-proxy</code>, or a java command line), its
 * data folder, the options of <code>run</code>, and what the environment has beyond our own. Ports are free ones.
 */
public record ProxyCommand(
        List<String> program,
        Path data,
        List<String> options,
        Map<String, String> environment,
        Duration readyWithin,
        Consumer<String> logReader) {

    public ProxyCommand {
        if (program.isEmpty()) {
            throw new IllegalArgumentException("no program given");
        }
        program = List.copyOf(program);
        options = List.copyOf(options);
        environment = Map.copyOf(environment);
    }

    /** The program with nothing but its data folder: 30 s to become ready, since the machine may be busy. */
    public static ProxyCommand of(List<String> program, Path data) {
        return new ProxyCommand(program, data, List.of(), Map.of(), Duration.ofSeconds(30), line -> {});
    }

    /** Adds options of <code>run</code>, for example <code>--apply FILE</code>. */
    public ProxyCommand with(String... more) {
        var all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return new ProxyCommand(program, data, all, environment, readyWithin, logReader);
    }

    public ProxyCommand with(Map<String, String> more) {
        var all = new TreeMap<>(environment);
        all.putAll(more);
        return new ProxyCommand(program, data, options, all, readyWithin, logReader);
    }

    public ProxyCommand readyWithin(Duration patience) {
        return new ProxyCommand(program, data, options, environment, patience, logReader);
    }

    /** Shows each line of standard error to someone, as it comes. */
    public ProxyCommand logReader(Consumer<String> reader) {
        return new ProxyCommand(program, data, options, environment, readyWithin, reader);
    }

    /** Starts the program and returns once it said that it is ready. */
    public ProxyProcess start() throws IOException, InterruptedException {
        return ProxyProcess.start(this);
    }

    List<String> arguments() {
        var arguments = new ArrayList<>(program);
        arguments.addAll(List.of("run", "--data", data.toString()));
        for (String port : List.of("--smtp-port", "--smtps-port", "--http-port")) {
            if (!options.contains(port)) {
                arguments.addAll(List.of(port, "0"));
            }
        }
        arguments.addAll(options);
        return arguments;
    }
}
