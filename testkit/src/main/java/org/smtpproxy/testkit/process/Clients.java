package org.smtpproxy.testkit.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Real mail clients, run as their users run them: each method is one invocation with a login, over STARTTLS or implicit
 * TLS, and tells the exit code and everything the client printed. With a CA file the clients check the server's
 * certificate and host name; without one they take any.
 *
 * @param scratch an existing folder for configurations and message files
 * @param scripts the project's folder <code>clients</code>, for the two clients that are libraries
 */
public record Clients(
        String host,
        int port,
        int tlsPort,
        String user,
        String password,
        Optional<Path> caFile,
        Path scratch,
        Path scripts) {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** Whether a connection is secured on the way (submission) or from the start (submissions). */
    public enum Tls {
        STARTTLS,
        IMPLICIT
    }

    public enum Auth {
        PLAIN,
        LOGIN;

        String lowerCase() {
            return this == PLAIN ? "plain" : "login";
        }
    }

    /**
     * A message as an application hands it to a client.
     *
     * @param content header and body, with LF line ends; each character is one octet
     */
    public record Mail(String from, List<String> to, String content) {
        public Mail {
            to = List.copyOf(to);
        }
    }

    /** One message over one connection; the output is the whole dialogue but the content. */
    public ForeignProgram.Ended swaks(Tls tls, Auth auth, Mail mail, String... options)
            throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of("swaks", "--server", host, "--port", Integer.toString(port(tls))));
        command.add(tls == Tls.IMPLICIT ? "--tls-on-connect" : "--tls");
        caFile.ifPresent(file -> command.addAll(List.of("--tls-verify", "--tls-ca-path", file.toString())));
        command.addAll(List.of("--auth", auth.name(), "--auth-user", user, "--auth-password", password));
        command.addAll(List.of("--from", mail.from(), "--to", String.join(",", mail.to())));
        command.addAll(List.of("--data", "-", "--suppress-data", "--helo", "client.example"));
        command.addAll(List.of(options));
        return run(command, mail.content());
    }

    /** One message over one connection, as sendmail would be called. */
    public ForeignProgram.Ended msmtp(Tls tls, Auth auth, Mail mail) throws IOException, InterruptedException {
        String configuration = String.join(
                "\n",
                "account default",
                "host " + host,
                "port " + port(tls),
                "domain client.example",
                "auth " + auth.lowerCase(),
                "user " + user,
                "password " + password,
                "tls on",
                "tls_starttls " + (tls == Tls.STARTTLS ? "on" : "off"),
                caFile.map(file -> "tls_trust_file " + file).orElse("tls_certcheck off"),
                "");
        Path file = privateFile("msmtp", configuration);
        var command = new ArrayList<>(List.of("msmtp", "--file=" + file, "--from=" + mail.from(), "--"));
        command.addAll(mail.to());
        return run(command, mail.content());
    }

    /** So many copies of a message over one kept connection. */
    public ForeignProgram.Ended curl(Tls tls, Auth auth, Mail mail, int copies)
            throws IOException, InterruptedException {
        Path content = privateFile("mail", mail.content());
        String url = (tls == Tls.IMPLICIT ? "smtps://" : "smtp://") + host + ":" + port(tls) + "/client.example";
        // The login comes from a configuration on standard input: an argument would be seen by everyone.
        var command = new ArrayList<>(List.of("curl", "--silent", "--show-error", "--crlf", "--config", "-"));
        if (tls == Tls.STARTTLS) {
            command.add("--ssl-reqd");
        }
        command.addAll(caFile.map(file -> List.of("--cacert", file.toString())).orElse(List.of("--insecure")));
        command.addAll(List.of("--login-options", "AUTH=" + auth.name(), "--mail-from", mail.from()));
        mail.to().forEach(recipient -> command.addAll(List.of("--mail-rcpt", recipient)));
        for (int i = 0; i < copies; i++) {
            command.addAll(List.of("--upload-file", content.toString(), url));
        }
        String login = (user + ":" + password).replace("\\", "\\\\").replace("\"", "\\\"");
        return run(command, "user = \"" + login + "\"\n");
    }

    /** Python's smtplib; the options are those of clients/smtplib_client.py. */
    public ForeignProgram.Ended smtplib(Tls tls, Auth auth, String... options)
            throws IOException, InterruptedException {
        return script("python3", "smtplib_client.py", tls, auth, options);
    }

    /** Node's nodemailer; the options are those of clients/nodemailer.mjs. */
    public ForeignProgram.Ended nodemailer(Tls tls, Auth auth, String... options)
            throws IOException, InterruptedException {
        return script("node", "nodemailer.mjs", tls, auth, options);
    }

    private ForeignProgram.Ended script(String interpreter, String script, Tls tls, Auth auth, String... options)
            throws IOException, InterruptedException {
        var command =
                new ArrayList<>(List.of(interpreter, scripts.resolve(script).toString()));
        command.addAll(List.of("--host", host, "--port", Integer.toString(port(tls))));
        command.addAll(List.of("--user", user, "--password", password, "--auth", auth.lowerCase()));
        command.addAll(List.of("--tls", tls == Tls.IMPLICIT ? "implicit" : "starttls"));
        caFile.ifPresent(file -> command.addAll(List.of("--ca", file.toString())));
        command.addAll(List.of(options));
        return run(command, "");
    }

    private int port(Tls tls) {
        return tls == Tls.IMPLICIT ? tlsPort : port;
    }

    private static ForeignProgram.Ended run(List<String> command, String input)
            throws IOException, InterruptedException {
        return ForeignProgram.run(command, input.getBytes(StandardCharsets.ISO_8859_1), PATIENCE);
    }

    private Path privateFile(String prefix, String content) throws IOException {
        Path file = Files.createTempFile(scratch, prefix, "");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        return Files.write(file, content.getBytes(StandardCharsets.ISO_8859_1));
    }
}
