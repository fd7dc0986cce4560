package org.smtpproxy.providers.smtp;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.ProviderAnswer;
import org.smtpproxy.provider.EspProvider;
import org.smtpproxy.provider.ProviderContext;
import org.smtpproxy.provider.ProviderFactory;

import static org.assertj.core.api.Assertions.assertThat;

/** An account made as the relay makes it: from settings that the schema has checked. */
final class Account implements AutoCloseable {
    private final EspProvider provider;

    private Account(EspProvider provider) {
        this.provider = provider;
    }

    static Account at(int port, Object... settings) {
        return at("127.0.0.1", port, settings);
    }

    static Account at(String host, int port, Object... settings) {
        Map<String, Object> values = new HashMap<>(Map.of("host", host, "port", port));
        for (int i = 0; i < settings.length; i += 2) {
            values.put((String) settings[i], settings[i + 1]);
        }
        ProviderFactory factory = new SmtpProviderFactory();
        assertThat(factory.schema().check(values)).isEmpty();
        ProviderContext context = new ProviderContext(AccountId.shared("relay"), "client.example", Path.of("unused"));
        return new Account(factory.create(factory.schema().complete(values), context));
    }

    List<ProviderAnswer> deliver(Outgoing message) throws InterruptedException {
        List<ProviderAnswer> answers = provider.deliver(message.delivery());
        assertThat(answers).hasSameSizeAs(message.delivery().envelope().recipients());
        return answers;
    }

    /** For messages to one recipient. */
    ProviderAnswer answer(Outgoing message) throws InterruptedException {
        return deliver(message).getFirst();
    }

    @Override
    public void close() {
        provider.close();
    }
}
