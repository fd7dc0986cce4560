package org.smtpproxy.store;

import java.util.List;

import org.smtpproxy.tenancy.state.Problem;
import org.smtpproxy.tenancy.state.State;

/**
 * Says what is wrong with a configuration before it is stored; the compiler's word. It is asked inside the transaction
 * that holds the configuration's lock, so that two changes can't each be right and wrong together.
 */
@FunctionalInterface
public interface ConfigurationCheck {
    /** @param state what changes with all that it refers to, but without the tenants that stay as they are */
    List<Problem> problems(State state);
}
