package org.smtpproxy.app;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

import org.smtpproxy.testkit.process.ForeignProgram;
import org.smtpproxy.testkit.process.ProxyCommand;
import org.smtpproxy.testkit.process.ProxyProcess;

/** The packaged program as tests start and ask it. */
final class Packaged {
    private static final Path ROOT =
            Path.of(System.getProperty("smtpproxy.root")).toAbsolutePath().normalize();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Packaged() {}

    static String program() {
        return ROOT.resolve("bin/smtp-proxy").toString();
    }

    static Path root() {
        return ROOT;
    }

    static ProxyCommand command(Path data) {
        return ProxyCommand.of(List.of(program()), data).readyWithin(PATIENCE);
    }

    /** A command applying a state file that is written beside the data folder. */
    static ProxyCommand command(Path data, String state) throws IOException {
        Path file = data.resolveSibling(data.getFileName() + ".yaml");
        Files.writeString(file, state);
        return command(data).with("--apply", file.toString());
    }

    /** Runs a command of the program to its end. */
    static ForeignProgram.Ended cli(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program()));
        command.addAll(List.of(arguments));
        return ForeignProgram.run(command, new byte[0], PATIENCE);
    }

    static HttpResponse<String> get(ProxyProcess proxy, String path, String... headers)
            throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(proxy.http() + path));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        }
    }

    /** Asks the API with the key of the data folder. */
    static String api(ProxyProcess proxy, String path) throws IOException, InterruptedException {
        String key = Files.readString(proxy.data().resolve("api.key")).strip();
        HttpResponse<String> answer = get(proxy, "/api/v1/" + path, "Authorization", "Bearer " + key);
        if (answer.statusCode() != 200) {
            throw new IOException("status " + answer.statusCode() + ": " + answer.body());
        }
        return answer.body();
    }

    /** Asks again and again until the answer is the one that is waited for; fails after a minute. */
    static void await(String what, Callable<Boolean> done) throws Exception {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!done.call()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("waited in vain for: " + what);
            }
            Thread.sleep(20);
        }
    }
}
