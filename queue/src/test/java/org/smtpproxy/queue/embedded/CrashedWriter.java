package org.smtpproxy.queue.embedded;

import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.locks.ReentrantLock;

import org.smtpproxy.queue.LeasedPart;
import org.smtpproxy.queue.Messages;
import org.smtpproxy.queue.NewMessage;
import org.smtpproxy.queue.encryption.MasterKey;

import static org.smtpproxy.queue.Messages.arrived;
import static org.smtpproxy.queue.Messages.lane;
import static org.smtpproxy.queue.Messages.octets;

/** A process that uses a spool until it is killed, and tells on standard output what it was promised. */
final class CrashedWriter {
    private static final ReentrantLock OUTPUT = new ReentrantLock();

    private CrashedWriter() {}

    public static void main(String[] args) throws Exception {
        SpoolOptions options = SpoolOptions.at(Path.of(args[0]), MasterKey.read(Path.of(args[1])))
                .withMinimumFreeBytes(0)
                .withWindow(20, 50);
        EmbeddedSpool spool = EmbeddedSpool.open(options);
        for (int source = 0; source < 8; source++) {
            int number = source;
            Thread.startVirtualThread(() -> enqueue(spool, number));
        }
        while (true) {
            for (LeasedPart part : spool.claim(5, Long.MAX_VALUE, lane -> true)) {
                Thread.startVirtualThread(() -> deliver(spool, part));
            }
            spool.awaitDue(Instant.now().plusMillis(20));
        }
    }

    static int size(int number) {
        return number % 10 == 9 ? 300_000 : 1_000 + number % 1_000;
    }

    private static void enqueue(EmbeddedSpool spool, int source) {
        for (int i = 0; ; i++) {
            int number = source * 100_000 + i;
            NewMessage message = arrived(
                    spool,
                    lane("tenant-" + source % 3, "relay"),
                    Instant.now(),
                    octets(size(number), number),
                    number + "@x.example");
            spool.enqueue(message).join();
            tell("stored " + number);
        }
    }

    private static void deliver(EmbeddedSpool spool, LeasedPart part) {
        String number = part.recipients().getFirst().address().localPart();
        if (Integer.parseInt(number) % 3 == 0) {
            spool.release(part.lease());
            return;
        }
        tell("trying " + number);
        spool.attempting(part.lease(), part.lane().account());
        tell("attempted " + number);
        spool.settle(Messages.finished(part, Instant.now())).join();
        tell("settled " + number);
    }

    private static void tell(String line) {
        OUTPUT.lock();
        try {
            System.out.println(line);
        } finally {
            OUTPUT.unlock();
        }
    }
}
