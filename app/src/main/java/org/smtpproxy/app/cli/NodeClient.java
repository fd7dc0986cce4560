package org.smtpproxy.app.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.smtpproxy.app.node.DataFolder;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Talks to a node's REST API. On the node's own machine the data folder tells address and key; elsewhere {@code
 * --server} and {@code --api-key} (or their variables) do.
 */
final class NodeClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final int PAGE = 500;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "${env:SMTP_PROXY_DATA:-./data}",
            description = "The node's data folder (./data)")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private Path data;

    @Option(
            names = "--server",
            paramLabel = "URL",
            defaultValue = "${env:SMTP_PROXY_SERVER:-}",
            description = "The node's HTTP address; default: what the data folder says")
    private @Nullable String server;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            defaultValue = "${env:SMTP_PROXY_API_KEY:-}",
            description = "The API key; default: the one in the data folder")
    private @Nullable String apiKey;

    /** A request that did not work, in words for the user. */
    static final class FailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FailedException(String message) {
            super(message);
        }
    }

    JsonNode get(String path) {
        HttpResponse<String> response = send(path, BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw refused(response.statusCode(), response.body());
        }
        return JsonMapper.shared().readTree(response.body());
    }

    /** All items of a list, page by page. */
    List<JsonNode> list(String path) {
        List<JsonNode> items = new ArrayList<>();
        String cursor = "";
        while (true) {
            String encoded = URLEncoder.encode(cursor, StandardCharsets.UTF_8);
            JsonNode page = get(path + "?limit=" + PAGE + (cursor.isEmpty() ? "" : "&cursor=" + encoded));
            page.get("items").forEach(items::add);
            if (!page.hasNonNull("nextCursor")) {
                return items;
            }
            cursor = page.get("nextCursor").asString();
        }
    }

    /** The names of all tenants, or only of the one that was asked for. */
    List<String> tenants(@Nullable String only) {
        return only != null
                ? List.of(only)
                : list("tenants").stream()
                        .map(tenant -> tenant.get("id").asString())
                        .toList();
    }

    byte[] raw(String path) {
        HttpResponse<InputStream> response = send(path, BodyHandlers.ofInputStream());
        try (InputStream body = response.body()) {
            byte[] bytes = body.readAllBytes();
            if (response.statusCode() != 200) {
                throw refused(response.statusCode(), new String(bytes, StandardCharsets.UTF_8));
            }
            return bytes;
        } catch (IOException e) {
            throw new FailedException("the answer broke off: " + e.getMessage());
        }
    }

    boolean exists(String path) {
        return send(path, BodyHandlers.discarding()).statusCode() == 200;
    }

    private <T> HttpResponse<T> send(String path, HttpResponse.BodyHandler<T> handler) {
        String address = address();
        HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/api/v1/" + path))
                .header("Authorization", "Bearer " + key())
                .timeout(TIMEOUT)
                .build();
        try (HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build()) {
            return client.send(request, handler);
        } catch (ConnectException e) {
            throw new FailedException("no smtp-proxy answers at " + address + "; is it running?");
        } catch (IOException e) {
            throw new FailedException("the request to " + address + " failed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FailedException("interrupted");
        }
    }

    private static FailedException refused(int status, String body) {
        try {
            return new FailedException(
                    JsonMapper.shared().readTree(body).get("detail").asString());
        } catch (RuntimeException notOurs) {
            return new FailedException("the server answered with status " + status);
        }
    }

    private String address() {
        return server != null && !server.isEmpty() ? server : read(new DataFolder(data).addressFile(), "--server");
    }

    private String key() {
        return apiKey != null && !apiKey.isEmpty() ? apiKey : read(new DataFolder(data).apiKeyFile(), "--api-key");
    }

    private String read(Path file, String option) {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            throw new FailedException(
                    "there is no " + file + ": name the data folder of a running node with --data, or give " + option);
        } catch (IOException e) {
            throw new FailedException("can't read " + file + ": " + e.getMessage());
        }
    }
}
