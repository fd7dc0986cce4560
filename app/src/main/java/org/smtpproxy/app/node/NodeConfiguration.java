package org.smtpproxy.app.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.smtpproxy.mail.Secret;
import org.smtpproxy.tenancy.CompileResult;
import org.smtpproxy.tenancy.ConfigurationSource;
import org.smtpproxy.tenancy.ProcessReferences;
import org.smtpproxy.tenancy.ProviderTypes;
import org.smtpproxy.tenancy.Snapshot;
import org.smtpproxy.tenancy.TenantCompiler;
import org.smtpproxy.tenancy.state.ReadResult;
import org.smtpproxy.tenancy.state.State;
import org.smtpproxy.tenancy.state.StateReader;
import org.smtpproxy.tenancy.state.StateWriter;

/**
 * The configuration of a node without a database: what was applied so far is kept, encrypted and with its references
 * unresolved, in the data folder; a state file is merged into it at each start. Either all of it is valid, or nothing
 * is applied.
 */
final class NodeConfiguration implements ConfigurationSource {
    private static final long EPOCH = 1;

    private final Snapshot snapshot;
    private final Optional<Secret> demoPassword;

    private NodeConfiguration(Snapshot snapshot, Optional<Secret> demoPassword) {
        this.snapshot = snapshot;
        this.demoPassword = demoPassword;
    }

    /**
     * Reads, merges, checks and keeps.
     *
     * @param apply the state file of this start
     * @throws InvalidStateException with all problems
     */
    static NodeConfiguration load(SealedFile kept, Optional<Path> apply, ProviderTypes types, byte[] pepper)
            throws IOException {
        Optional<String> before = kept.read();
        State onto = before.map(NodeConfiguration::readKept).orElse(State.EMPTY);
        TenantCompiler compiler = new TenantCompiler(types, new ProcessReferences(System.getenv()), pepper);
        StateWriter writer = new StateWriter();
        if (apply.isPresent()) {
            ReadResult read =
                    new StateReader().read(text(apply.get()), apply.get().toString());
            Snapshot snapshot = valid(compiler.compile(read, onto, EPOCH));
            kept.write(writer.toYaml(read.state().merge(onto)));
            return new NodeConfiguration(snapshot, Optional.empty());
        }
        if (before.isPresent()) {
            return new NodeConfiguration(valid(compiler.compile(onto, EPOCH)), Optional.empty());
        }
        Secret password = FirstStart.newSecret();
        State demo = State.demo(FirstStart.USERNAME, password);
        Snapshot snapshot = valid(compiler.compile(demo, EPOCH));
        kept.write(writer.toYaml(demo));
        return new NodeConfiguration(snapshot, Optional.of(password));
    }

    @Override
    public Snapshot current() {
        return snapshot;
    }

    /** The demo tenant's password, on the start that made it. */
    Optional<Secret> demoPassword() {
        return demoPassword;
    }

    private static State readKept(String yaml) {
        return switch (new StateReader().readStored(yaml)) {
            case ReadResult.Read read -> read.state();
            case ReadResult.Invalid invalid -> throw new InvalidStateException(texts(invalid.problems()));
        };
    }

    private static String text(Path file) throws IOException {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (NoSuchFileException missing) {
            throw new InvalidStateException(List.of("there is no file " + file));
        }
    }

    private static Snapshot valid(CompileResult result) {
        return switch (result) {
            case CompileResult.Compiled compiled -> compiled.snapshot();
            case CompileResult.Invalid invalid -> throw new InvalidStateException(texts(invalid.problems()));
        };
    }

    private static List<String> texts(List<?> problems) {
        return problems.stream().map(Object::toString).toList();
    }
}
