package org.smtpproxy.store;

/**
 * What the keyring does to secrets, so that none is readable in the database. Values name their key, so keys can
 * change while old values are still there.
 */
public interface SecretCodec {
    /** @param owner whose secret it is; a value opens only under the name it was sealed for */
    String seal(String owner, String plain);

    String open(String owner, String sealed);

    /** Of a password that arrives readable in a state file. May take long: it is called outside transactions. */
    StoredSecret hash(String password);

    /** Never asked for a reference. */
    boolean matches(String password, StoredSecret stored);
}
