package org.smtpproxy.app.operations;

import java.util.Map;

/** An error as problem details (RFC 9457). */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String title;

    Problem(int status, String title, String detail) {
        super(detail);
        this.status = status;
        this.title = title;
    }

    static Problem notFound(String what) {
        return new Problem(404, "Not found", "there is no " + what);
    }

    int status() {
        return status;
    }

    Map<String, Object> body() {
        return Map.of("type", "about:blank", "title", title, "status", status, "detail", String.valueOf(getMessage()));
    }
}
