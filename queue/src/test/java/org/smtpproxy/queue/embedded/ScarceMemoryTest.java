package org.smtpproxy.queue.embedded;

/** The contract, with nearly everything read back from disk: two parts a lane, and no memory for content. */
class ScarceMemoryTest extends SpoolContract {
    @Override
    SpoolOptions options() {
        return super.options().withWindow(2, 3).withContentMemory(0);
    }
}
