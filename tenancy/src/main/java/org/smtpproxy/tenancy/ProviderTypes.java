package org.smtpproxy.tenancy;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The provider types there are; the application answers from the plug-ins it found. */
public interface ProviderTypes {
    /** The words that may stand behind {@code type:}. */
    Set<String> names();

    /** The settings an account of a type may have, required or not. */
    Set<String> keys(String type);

    /** What is wrong with settings whose keys are all known. The texts must not tell the values of secrets. */
    List<SettingProblem> check(String type, Map<String, Object> settings);
}
