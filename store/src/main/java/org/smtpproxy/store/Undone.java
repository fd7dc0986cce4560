package org.smtpproxy.store;

/** Takes a result out of a transaction that is to leave no trace. */
final class Undone extends RuntimeException {
    private final transient Object result;

    Undone(Object result) {
        super("undone", null, false, false);
        this.result = result;
    }

    /** As what the transaction's caller returns. */
    <R> R as(Class<? super R> type) {
        @SuppressWarnings("unchecked") // who throws it is inside the transaction of who catches it
        R returned = (R) type.cast(result);
        return returned;
    }
}
