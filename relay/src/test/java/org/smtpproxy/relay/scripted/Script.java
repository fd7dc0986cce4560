package org.smtpproxy.relay.scripted;

import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.EmailAddress;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.mail.ProviderAnswer.Kind;
import org.smtpproxy.mail.ProviderAnswer.Scope;
import org.smtpproxy.mail.Reply;
import org.smtpproxy.provider.Delivery;
import org.smtpproxy.provider.EspProvider;

/** What the accounts of one test answer, and what they were asked. */
public final class Script {
    private final Map<String, BiFunction<Delivery, EmailAddress, ProviderAnswer>> answers = new ConcurrentHashMap<>();
    private final Set<String> broken = ConcurrentHashMap.newKeySet();
    private final List<String> asked = new ArrayList<>();

    public Script(String name) {
        ScriptedFactory.register(name, this);
    }

    /** From now on the account answers like this. */
    public void answer(String account, BiFunction<Delivery, EmailAddress, ProviderAnswer> answer) {
        answers.put(account, answer);
    }

    public void answer(String account, ProviderAnswer answer) {
        answer(account, (delivery, recipient) -> answer);
    }

    /** From now on the account can't be opened. */
    public void cannotOpen(String account) {
        broken.add(account);
    }

    /** Who was asked for whom, in order: {@code account recipient}. */
    public synchronized List<String> asked() {
        return List.copyOf(asked);
    }

    public static ProviderAnswer relayed() {
        return new ProviderAnswer.Relayed(Optional.empty(), Reply.plain(250, "ok"));
    }

    public static ProviderAnswer refused(Scope scope, Kind kind) {
        return new ProviderAnswer.Refused(scope, kind, Reply.plain(kind == Kind.PERMANENT ? 550 : 450, kind.word()));
    }

    EspProvider account(AccountId account) {
        if (broken.contains(account.name())) {
            throw new UncheckedIOException(new NoSuchFileException("ca.pem"));
        }
        return new EspProvider() {
            @Override
            public List<ProviderAnswer> deliver(Delivery delivery) {
                List<ProviderAnswer> said = new ArrayList<>();
                delivery.handover().begins();
                for (EmailAddress recipient : delivery.envelope().recipients()) {
                    note(account.name() + " " + recipient.localPart());
                    said.add(answers.get(account.name()).apply(delivery, recipient));
                }
                return said;
            }

            @Override
            public int maxConcurrentDeliveries() {
                return 100;
            }

            @Override
            public void close() {}
        };
    }

    private synchronized void note(String line) {
        asked.add(line);
    }
}
