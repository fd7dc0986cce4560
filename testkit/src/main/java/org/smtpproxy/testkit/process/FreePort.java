package org.smtpproxy.testkit.process;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;

/** Ports of 127.0.0.1 for programs that can't be told "any free port". */
public final class FreePort {
    private FreePort() {}

    /** A port that was free a moment ago. */
    public static int find() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static boolean answers(int port) {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
            return true;
        } catch (IOException refused) {
            return false;
        }
    }

    /** Waits until something listens; the check itself is a connection that is closed at once. */
    static void awaitListener(int port, Process process, Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (!answers(port)) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IOException("nothing listens on port " + port);
            }
            Thread.sleep(20);
        }
    }
}
