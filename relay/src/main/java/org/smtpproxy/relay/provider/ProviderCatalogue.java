package org.smtpproxy.relay.provider;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.smtpproxy.provider.ProviderFactory;
import org.smtpproxy.provider.Setting;
import org.smtpproxy.tenancy.ProviderTypes;
import org.smtpproxy.tenancy.SettingProblem;

/** The provider types of this installation, and what their accounts may be configured with. */
public final class ProviderCatalogue implements ProviderTypes {
    private final Map<String, ProviderFactory> factories = new TreeMap<>();

    private ProviderCatalogue(Iterable<ProviderFactory> found) {
        for (ProviderFactory factory : found) {
            if (factory.apiVersion() != ProviderFactory.API_VERSION) {
                throw new IllegalStateException("the provider type " + factory.type() + " was built for version "
                        + factory.apiVersion() + " of the provider API; this is version "
                        + ProviderFactory.API_VERSION);
            }
            if (factories.put(factory.type(), factory) != null) {
                throw new IllegalStateException("two providers are called " + factory.type());
            }
        }
    }

    /** What is on the class path. */
    public static ProviderCatalogue installed() {
        return new ProviderCatalogue(ServiceLoader.load(ProviderFactory.class));
    }

    @Override
    public Set<String> names() {
        return factories.keySet();
    }

    @Override
    public Set<String> keys(String type) {
        return factory(type).schema().settings().stream().map(Setting::name).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public List<SettingProblem> check(String type, Map<String, Object> settings) {
        return factory(type).schema().check(settings).stream()
                .map(problem -> new SettingProblem(problem.key(), problem.text()))
                .toList();
    }

    ProviderFactory factory(String type) {
        ProviderFactory factory = factories.get(type);
        if (factory == null) {
            throw new IllegalArgumentException("no provider type " + type);
        }
        return factory;
    }
}
