package org.smtpproxy.tenancy;

import org.smtpproxy.tenancy.CompileResult.Compiled;
import org.smtpproxy.tenancy.CompileResult.Invalid;
import org.smtpproxy.tenancy.state.Problems;
import org.smtpproxy.tenancy.state.ReadResult;
import org.smtpproxy.tenancy.state.State;

/**
 * Turns a configuration as written into a snapshot that can be used, or into everything that is wrong with it. Here
 * references are looked up and passwords become digests.
 */
public final class TenantCompiler {
    private final ProviderTypes types;
    private final References references;
    private final PasswordDigests digests;

    /** @param pepper key of the password digests; any will do that stays secret while the process runs */
    public TenantCompiler(ProviderTypes types, References references, byte[] pepper) {
        this.types = types;
        this.references = references;
        this.digests = new PasswordDigests(pepper);
    }

    public CompileResult compile(State state, long epoch) {
        return compile(state, epoch, new Problems());
    }

    /**
     * Compiles what was read on top of an older state. A document that couldn't be read whole is never valid, but the
     * rest of it is looked at all the same: all its problems are reported at once.
     */
    public CompileResult compile(ReadResult read, State onto, long epoch) {
        Problems problems = switch (read) {
            case ReadResult.Read whole -> new Problems();
            case ReadResult.Invalid invalid -> new Problems(invalid.problems());
        };
        return compile(read.state().merge(onto), epoch, problems);
    }

    private CompileResult compile(State state, long epoch, Problems problems) {
        ProviderCompiler providers = new ProviderCompiler(types, new ReferenceReader(references, problems), problems);
        Snapshot snapshot = new Compilation(state, providers, digests, problems).snapshot(epoch);
        return problems.isEmpty() ? new Compiled(snapshot) : new Invalid(problems.sorted());
    }
}
