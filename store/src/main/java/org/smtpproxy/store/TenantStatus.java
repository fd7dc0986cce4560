package org.smtpproxy.store;

import java.time.Instant;
import java.util.Optional;

public record TenantStatus(TenantState state, Optional<String> reason, Instant since) {}
