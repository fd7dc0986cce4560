package org.smtpproxy.tenancy;

/** What is wrong with one setting of a provider account, in words that name the fix. */
public record SettingProblem(String key, String text) {}
