package org.smtpproxy.tenancy;

import org.smtpproxy.mail.AccountId;

/** A provider account that a route may hand a message to. */
public record Candidate(AccountId account) {}
