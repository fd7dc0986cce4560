package org.smtpproxy.store;

/** Under which name a value is sealed: one that was moved to another row doesn't open there. */
final class SecretOwner {
    private SecretOwner() {}

    static String tenant(String id) {
        return "tenant/" + id;
    }

    static String provider(String tenant, String id) {
        return "tenant/" + tenant + "/provider/" + id;
    }

    static String sharedProvider(String id) {
        return "provider/" + id;
    }
}
