package org.smtpproxy.app.operations;

import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.smtpproxy.mail.Secret;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a node serves over HTTP: {@code /healthz}, {@code /readyz} and {@code /metrics} for everyone who can reach it,
 * {@code /api/v1} for holders of the key.
 */
public final class OperationsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(OperationsServer.class);
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String API = "/api/v1/";

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Health health;
    private final Metrics metrics;
    private final ApiKey key;
    private final Api api;

    /** Whether the node is ready for mail. */
    @FunctionalInterface
    public interface Health {
        /** Why the node should get no mail now; empty when it is ready. */
        List<String> troubles();
    }

    /** Writes all meters. */
    @FunctionalInterface
    public interface Metrics {
        String scrape();
    }

    public OperationsServer(InetSocketAddress address, Health health, Metrics metrics, Secret key, Api api)
            throws IOException {
        try {
            this.server = HttpServer.create(address, 64);
        } catch (BindException taken) {
            throw new IOException("can't listen for HTTP on " + address + ": " + taken.getMessage(), taken);
        }
        this.health = health;
        this.metrics = metrics;
        this.key = new ApiKey(key);
        this.api = api;
        server.setExecutor(threads);
        server.createContext("/", this::handle);
    }

    public void start() {
        server.start();
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            try {
                answer(exchange);
            } catch (Problem problem) {
                json(exchange, problem.status(), "application/problem+json", problem.body());
            } catch (RuntimeException unexpected) {
                LOG.error("a request failed", unexpected);
                Problem problem = new Problem(500, "Internal error", "the request failed; the log tells why");
                json(exchange, problem.status(), "application/problem+json", problem.body());
            }
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (!exchange.getRequestMethod().equals("GET")
                && !exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Allow", "GET, HEAD");
            throw new Problem(405, "Method not allowed", "only GET and HEAD are served here");
        }
        switch (path) {
            case "/healthz" -> send(exchange, 200, TEXT, bytes("ok\n"));
            case "/readyz" -> ready(exchange);
            case "/metrics" -> send(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", bytes(metrics.scrape()));
            default -> {
                if (!path.startsWith(API)) {
                    throw Problem.notFound("page " + path);
                }
                authorized(exchange, path.substring(API.length()));
            }
        }
    }

    private void ready(HttpExchange exchange) throws IOException {
        List<String> troubles = health.troubles();
        if (troubles.isEmpty()) {
            send(exchange, 200, TEXT, bytes("ready\n"));
        } else {
            send(exchange, 503, TEXT, bytes(String.join("\n", troubles) + "\n"));
        }
    }

    private void authorized(HttpExchange exchange, String path) throws IOException {
        if (!key.allows(exchange)) {
            exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer");
            throw new Problem(401, "Unauthorized", "send a valid API key: Authorization: Bearer KEY");
        }
        switch (api.get(List.of(path.split("/", -1)), Query.of(exchange.getRequestURI()))) {
            case Api.Answer.Json answer -> json(exchange, 200, "application/json", answer.body());
            case Api.Answer.Raw raw -> stream(exchange, raw);
        }
    }

    private static void json(HttpExchange exchange, int status, String type, Object body) throws IOException {
        send(exchange, status, type, JsonMapper.shared().writeValueAsBytes(body));
    }

    private static void send(HttpExchange exchange, int status, String type, byte[] body) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private static void stream(HttpExchange exchange, Api.Answer.Raw raw) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "message/rfc822");
        exchange.getResponseHeaders().set("X-Content-Type-Options", "nosniff");
        try (InputStream in = raw.content()) {
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(200, -1);
                return;
            }
            exchange.sendResponseHeaders(200, raw.size());
            in.transferTo(exchange.getResponseBody());
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
