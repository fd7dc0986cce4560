package org.smtpproxy.tenancy.state;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a state file as far as its form goes: YAML, keys, types, and what may be there only once. All that is wrong is
 * reported together, each with its line. Whether the values make sense is for the compiler to say.
 */
public final class StateReader {

    /** @param fileName what problems of the file as a whole call it */
    public ReadResult read(String yaml, String fileName) {
        return read(yaml, fileName, true);
    }

    /** Reads what {@link StateWriter} wrote for the program itself: problems carry no line then. */
    public ReadResult readStored(String yaml) {
        return read(yaml, "stored configuration", false);
    }

    private static ReadResult read(String yaml, String name, boolean withLines) {
        Document document = new Document(yaml.length(), withLines);
        State state;
        try {
            state = YamlComposer.compose(yaml)
                    .map(root -> new Reading(document).state(root, Place.document(name, document.line(root))))
                    .orElse(State.EMPTY);
        } catch (YamlComposer.SyntaxError e) {
            document.problems().add(Place.document(name, withLines ? e.line() : 0), e.text());
            state = State.EMPTY;
        }
        return document.problems().isEmpty()
                ? new ReadResult.Read(state)
                : new ReadResult.Invalid(document.problems().sorted(), state);
    }

    private record Reading(Document document) {
        State state(Node root, Place place) {
            return MappingReader.strict(root, place, Keys.STATE, document)
                    .map(state -> new State(
                            list(state, "providers", this::sharedProvider, State.Provider::id),
                            list(state, "tenants", this::tenant, State.Tenant::id)))
                    .orElse(State.EMPTY);
        }

        private Optional<State.Tenant> tenant(Node node, Place place) {
            return MappingReader.strict(node, place, Keys.TENANT, document)
                    .flatMap(tenant -> tenant.requiredText("id")
                            .map(id -> new State.Tenant(
                                    place,
                                    id,
                                    tenant.text("name"),
                                    tenant.mapping("limits", Keys.LIMITS, this::limits),
                                    list(tenant, "credentials", this::credential, State.Credential::username),
                                    tenant.texts("trustedNetworks").map(Written::value),
                                    tenant.texts("senders"),
                                    list(tenant, "providers", this::ownProvider, State.Provider::id),
                                    tenant.mapping("retry", Keys.RETRY, this::retry),
                                    tenant.text("bareNewlines"),
                                    tenant.list("routes", this::route).map(Written::value))));
        }

        private State.Limits limits(MappingReader limits) {
            return new State.Limits(limits.integer("maxMessageBytes"), limits.integer("maxRecipients"));
        }

        private Optional<State.Credential> credential(Node node, Place place) {
            return MappingReader.strict(node, place, Keys.CREDENTIAL, document)
                    .flatMap(credential -> credential
                            .requiredText("username")
                            .map(username -> new State.Credential(place, username, credential.secret("password"))));
        }

        private Optional<State.Provider> sharedProvider(Node node, Place place) {
            return MappingReader.open(node, place, Keys.SHARED_PROVIDER, document)
                    .flatMap(provider -> provider(provider, provider.texts("tenants")));
        }

        private Optional<State.Provider> ownProvider(Node node, Place place) {
            return MappingReader.open(node, place, Keys.OWN_PROVIDER, document)
                    .flatMap(provider -> provider(provider, Optional.empty()));
        }

        private Optional<State.Provider> provider(
                MappingReader provider, Optional<Written<List<Written<String>>>> tenants) {
            return provider.requiredText("id")
                    .map(id -> new State.Provider(
                            provider.place(), id, provider.text("type"), tenants, provider.others()));
        }

        private State.Retry retry(MappingReader retry) {
            Map<String, State.Backoff> on = new LinkedHashMap<>();
            retry.mapping("on", Keys.RETRY_ON, Function.identity()).ifPresent(types -> {
                for (String type : Keys.RETRY_ON.known()) {
                    types.mapping(type, Keys.BACKOFF, this::backoff).ifPresent(backoff -> on.put(type, backoff));
                }
            });
            return new State.Retry(backoff(retry), retry.integer("maxAttempts"), retry.duration("lifetime"), on);
        }

        private State.Backoff backoff(MappingReader backoff) {
            return new State.Backoff(
                    backoff.place(),
                    backoff.duration("initial"),
                    backoff.number("factor"),
                    backoff.number("jitter"),
                    backoff.duration("max"));
        }

        private Optional<State.Route> route(Node node, Place place) {
            return MappingReader.strict(node, place, Keys.ROUTE, document).flatMap(route -> {
                Optional<Written<String>> name = route.requiredText("name");
                Optional<Written<List<Written<String>>>> to = route.requiredList("to", this::candidate);
                return name.flatMap(text -> to.map(candidates -> new State.Route(place, text, candidates)));
            });
        }

        private Optional<Written<String>> candidate(Node node, Place place) {
            return node instanceof MappingNode
                    ? MappingReader.strict(node, place, Keys.CANDIDATE, document)
                            .flatMap(candidate -> candidate.requiredText("provider"))
                    : document.text(node, place);
        }

        /** The elements of a list that no two may share a key of. */
        private <T> List<T> list(
                MappingReader mapping,
                String key,
                MappingReader.ElementReader<T> element,
                Function<T, Written<String>> identity) {
            Set<String> seen = new HashSet<>();
            List<T> distinct = new ArrayList<>();
            for (T candidate : mapping.list(key, element).map(Written::value).orElse(List.of())) {
                Written<String> id = identity.apply(candidate);
                if (seen.add(id.value())) {
                    distinct.add(candidate);
                } else {
                    document.problems().add(id.place(), id.value() + " is there twice");
                }
            }
            return distinct;
        }
    }
}
