package org.smtpproxy.smtp.client;

import org.smtpproxy.mail.Secret;

/** What AUTH says. */
public record Login(String username, Secret password) {}
