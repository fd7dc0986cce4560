package org.smtpproxy.store.postgres;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Whom PostgreSQL runs as. It refuses to be root, so a process that is root hands it to an unprivileged account; any
 * other runs it as itself.
 *
 * @param account whom to become, empty to stay who we are
 */
record ServerUser(Optional<Account> account) {
    private static final List<String> NAMES = List.of("postgres", "nobody");

    record Account(String name, int uid, int gid) {}

    static ServerUser current() throws IOException {
        if ((int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") != 0) {
            return new ServerUser(Optional.empty());
        }
        List<String> accounts = Files.readAllLines(Path.of("/etc/passwd"));
        for (String name : NAMES) {
            for (String line : accounts) {
                String[] fields = line.split(":", -1);
                if (fields.length > 3 && fields[0].equals(name)) {
                    return new ServerUser(
                            Optional.of(new Account(name, Integer.parseInt(fields[2]), Integer.parseInt(fields[3]))));
                }
            }
        }
        throw new IOException("PostgreSQL doesn't run as root, and there is no account postgres or nobody to run it as:"
                + " start smtp-proxy as an ordinary user, or give --database-url");
    }

    /** The command as this user. */
    List<String> command(List<String> command) {
        if (account.isEmpty()) {
            return command;
        }
        List<String> dropped = new ArrayList<>(List.of(
                "setpriv",
                "--reuid=" + account.get().uid(),
                "--regid=" + account.get().gid(),
                "--clear-groups",
                "--no-new-privs",
                "--"));
        dropped.addAll(command);
        return dropped;
    }

    void own(Path path) throws IOException {
        if (account.isPresent()) {
            Files.setAttribute(path, "unix:uid", account.get().uid());
            Files.setAttribute(path, "unix:gid", account.get().gid());
        }
    }

    /** Whether this user may pass through a folder and all that are above it. */
    boolean reaches(Path folder) throws IOException {
        if (account.isEmpty()) {
            return true;
        }
        for (Path above = folder.toRealPath(); above != null; above = above.getParent()) {
            if (!Files.getPosixFilePermissions(above).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                return false;
            }
        }
        return true;
    }
}
