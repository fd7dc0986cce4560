package org.smtpproxy.app;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/** The arrows of ARCHITECTURE.md: which module may know which, and who alone may do what. */
class ArchitectureTest {
    private static final String ROOT = "org.smtpproxy.";

    private static final Map<String, Set<String>> MAY_KNOW = Map.of(
            "mail", Set.of(),
            "provider", Set.of("mail"),
            "smtp", Set.of("mail"),
            "tenancy", Set.of("mail"),
            "queue", Set.of("mail"),
            "providers", Set.of("mail", "provider", "smtp"),
            "relay", Set.of("mail", "provider", "smtp", "tenancy", "queue", "providers"),
            "app", Set.of("mail", "provider", "smtp", "tenancy", "queue", "providers", "relay"));

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.smtpproxy");

    @TestFactory
    Stream<DynamicTest> modulesKnowOnlyWhatTheyMay() {
        return MAY_KNOW.entrySet().stream()
                .map(module -> DynamicTest.dynamicTest(module.getKey(), () -> {
                    Set<String> forbidden = new TreeSet<>(MAY_KNOW.keySet());
                    forbidden.removeAll(module.getValue());
                    forbidden.remove(module.getKey());
                    String[] packages =
                            forbidden.stream().map(name -> ROOT + name + "..").toArray(String[]::new);
                    noClasses()
                            .that()
                            .resideInAPackage(ROOT + module.getKey() + "..")
                            .should()
                            .dependOnClassesThat()
                            .resideInAnyPackage(packages)
                            .check(CLASSES);
                }));
    }

    @Test
    void theVocabularyNeedsNothingButTheJdk() {
        classes()
                .that()
                .resideInAPackage(ROOT + "mail..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("java..", "org.jspecify..", ROOT + "mail..")
                .check(CLASSES);
    }

    @Test
    void theServerSessionHasNoInputOrOutput() {
        noClasses()
                .that()
                .haveFullyQualifiedName(ROOT + "smtp.server.ServerSession")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.net..", "java.nio.channels..", "javax.net..")
                .check(CLASSES);
    }

    @Test
    void onlyAcceptanceEnqueues() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "relay.acceptance..", ROOT + "queue..")
                .should()
                .callMethodWhere(target(name("enqueue")))
                .check(CLASSES);
    }

    @Test
    void onlyOutcomeSettles() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "relay.outcome..", ROOT + "queue..")
                .should()
                .callMethodWhere(target(name("settle")))
                .check(CLASSES);
    }

    @Test
    void rocksDbIsSeenByTheEmbeddedSpoolOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "queue.embedded..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.rocksdb..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
        slices().matching(ROOT + "relay.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void noNameSaysNothing() {
        noClasses()
                .should()
                .haveSimpleNameEndingWith("Util")
                .orShould()
                .haveSimpleNameEndingWith("Utils")
                .orShould()
                .haveSimpleNameEndingWith("Helper")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .check(CLASSES);
    }
}
