package org.smtpproxy.queue.embedded;

/** What the stages of the spool work with. */
record Workshop(
        Reads reads,
        GroupCommit writer,
        TenantKeys keys,
        BodyFiles files,
        EventJournal events,
        QueueDepth depth,
        Schedule schedule,
        AttemptSlots slots) {}
