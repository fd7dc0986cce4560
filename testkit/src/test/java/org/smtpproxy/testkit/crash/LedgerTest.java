package org.smtpproxy.testkit.crash;

import java.nio.file.Path;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class LedgerTest {
    @TempDir
    Path folder;

    /** Submissions that a kill left without a reply arrive too; in a long run they are thousands. */
    @Test
    void arrivalsThatWereNeverAcknowledgedHideNoneThatIsOwed() throws Exception {
        try (Ledger ledger = new Ledger(folder.resolve("ledger"))) {
            ledger.acknowledged(1);
            ledger.acknowledged(2);
            Set<Integer> arrived = Set.of(1, 3, 4, 5);
            assertThat(ledger.outstanding(arrived::contains)).isEqualTo(1);
            assertThat(ledger.outstanding(number -> true)).isZero();
            assertThat(ledger.read()).containsExactlyInAnyOrder(1, 2);
        }
    }
}
