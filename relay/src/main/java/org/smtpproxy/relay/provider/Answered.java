package org.smtpproxy.relay.provider;

import java.time.Duration;

import org.smtpproxy.mail.AccountId;
import org.smtpproxy.mail.ProviderAnswer;

/** What one provider account said about one recipient, and how long it took to say so. */
public record Answered(AccountId account, ProviderAnswer answer, Duration latency) {}
