package org.smtpproxy.mail;

/** Where a part waits: mail of one tenant for one provider account. One lane's backlog never holds up another's. */
public record Lane(TenantId tenant, AccountId account) {
    @Override
    public String toString() {
        return tenant + ">" + account;
    }
}
