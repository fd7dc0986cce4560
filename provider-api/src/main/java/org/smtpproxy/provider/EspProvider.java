package org.smtpproxy.provider;

import java.util.List;

import org.smtpproxy.mail.ProviderAnswer;

/**
 * One provider account, ready to deliver. Called from many virtual threads at once; an implementation keeps its own
 * connections and bounds them by its settings.
 */
public interface EspProvider extends AutoCloseable {
    /**
     * Delivers one message to all recipients of the delivery and waits for the answers. Calls
     * {@link Delivery#handover()} right before the last octet of content leaves. What a provider says is a value; an
     * exception counts as in doubt for every recipient if the handover had begun, as transient trouble if not.
     *
     * @return one answer per recipient, in the order of {@code delivery.envelope().recipients()}
     */
    List<ProviderAnswer> deliver(Delivery delivery) throws InterruptedException;

    /** How many deliveries the account can take at once. */
    int maxConcurrentDeliveries();

    /** Closes idle connections at once and busy ones when their delivery ends. */
    @Override
    void close();
}
