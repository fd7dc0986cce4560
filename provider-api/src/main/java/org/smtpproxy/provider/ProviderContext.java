package org.smtpproxy.provider;

import java.nio.file.Path;

import org.smtpproxy.mail.AccountId;

/**
 * What a provider account is told about its surroundings.
 *
 * @param hostName the name this node greets other servers with
 * @param folder a folder of the node's data for providers of this type, made when first needed
 */
public record ProviderContext(AccountId account, String hostName, Path folder) {}
