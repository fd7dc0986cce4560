package org.smtpproxy.queue.embedded;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantReadWriteLock;

import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;
import org.smtpproxy.queue.QueueUnavailableException;
import org.smtpproxy.queue.embedded.SpoolOptions.Recovery;

/**
 * RocksDB, opened for a queue and closable under its users' feet: after an I/O error it is closed, and opened again
 * when the disk works. Touched by platform threads only. Memory is capped (write buffers 64 MB, cache 32 MB), the log
 * of writes is never recycled, and RocksDB's own retries after errors are off: whether an error is over is for
 * {@link GroupCommit} to decide.
 */
final class Store {
    private static final long MEGABYTE = 1024 * 1024;
    private static final String NATIVE_FOLDER = "smtpproxy.native";

    /** Something read from the open store. */
    interface Reading<T> {
        T from(Store store) throws RocksDBException;
    }

    private final Path folder;
    private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
    private final Deque<AutoCloseable> natives = new ArrayDeque<>();
    private final Map<Family, ColumnFamilyHandle> families = new EnumMap<>(Family.class);
    private @Nullable RocksDB database;
    private @Nullable WriteOptions synced;

    Store(Path folder) {
        this.folder = folder;
    }

    /** Loads the library from the folder that the packaging unpacked it to, so that a kill leaves no copy in /tmp. */
    static void loadLibrary() {
        String unpacked = System.getProperty(NATIVE_FOLDER);
        if (unpacked == null) {
            RocksDB.loadLibrary();
        } else {
            RocksDB.loadLibrary(List.of(unpacked));
        }
    }

    void open(Recovery recovery) throws RocksDBException {
        use.writeLock().lock();
        try {
            LRUCache cache = keep(new LRUCache(24 * MEGABYTE));
            DBOptions options = databaseOptions(recovery, cache);
            List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
            for (Family family : Family.values()) {
                descriptors.add(new ColumnFamilyDescriptor(family.octets(), familyOptions(family, cache)));
            }
            List<ColumnFamilyHandle> handles = new ArrayList<>();
            database = RocksDB.open(options, folder.toString(), descriptors, handles);
            Iterator<ColumnFamilyHandle> handle = handles.iterator();
            for (Family family : Family.values()) {
                families.put(family, handle.next());
            }
            synced = keep(new WriteOptions().setSync(true));
        } catch (RocksDBException | RuntimeException e) {
            close();
            throw e;
        } finally {
            use.writeLock().unlock();
        }
    }

    /** Reads; the store isn't closed meanwhile. Fails with {@link UnreadableException} when it is open. */
    <T> T read(Reading<T> reading) {
        use.readLock().lock();
        try {
            if (database == null) {
                throw new QueueUnavailableException("the spool is closed");
            }
            return reading.from(this);
        } catch (RocksDBException e) {
            throw new UnreadableException("the spool can't be read: " + e.getMessage(), e);
        } finally {
            use.readLock().unlock();
        }
    }

    byte @Nullable [] get(Family family, byte[] key) throws RocksDBException {
        return opened().get(handle(family), key);
    }

    Optional<byte[]> find(Family family, byte[] key) throws RocksDBException {
        return Optional.ofNullable(get(family, key));
    }

    /** Values in the order of the keys; null for those that aren't there. */
    List<byte[]> getAll(Family family, List<byte[]> keys) throws RocksDBException {
        List<ColumnFamilyHandle> handles = new ArrayList<>(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            handles.add(handle(family));
        }
        List<byte[]> values = opened().multiGetAsList(handles, keys);
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i) == null) {
                // Also what can't be read looks like what isn't there; this tells which.
                values.set(i, get(family, keys.get(i)));
            }
        }
        return values;
    }

    /** What a scan does with each row; false ends it. */
    interface Row {
        boolean visit(RocksIterator at);
    }

    /** Visits rows from a key, below an upper bound, which keeps the scan off what was deleted beyond. */
    void scan(Family family, byte[] from, byte @Nullable [] below, Row row) throws RocksDBException {
        Slice bound = below == null ? null : new Slice(below);
        try (ReadOptions options = new ReadOptions().setFillCache(false);
                bound) {
            if (bound != null) {
                options.setIterateUpperBound(bound);
            }
            try (RocksIterator at = opened().newIterator(handle(family), options)) {
                at.seek(from);
                while (at.isValid() && row.visit(at)) {
                    at.next();
                }
                at.status();
            }
        }
    }

    /** An iterator over a family; the caller closes it before its reading ends. */
    RocksIterator iterator(Family family) {
        return opened().newIterator(handle(family));
    }

    ColumnFamilyHandle handle(Family family) {
        ColumnFamilyHandle handle = families.get(family);
        if (handle == null) {
            throw new QueueUnavailableException("the spool is closed");
        }
        return handle;
    }

    /** Writes and syncs. After an exception nothing is known, and the store has to be closed. */
    void write(WriteBatch batch) throws RocksDBException {
        WriteOptions options = synced;
        if (options == null) {
            throw new QueueUnavailableException("the spool is closed");
        }
        opened().write(options, batch);
    }

    /** Errors of flushes and compactions, which no write has met yet. */
    long backgroundErrors() throws RocksDBException {
        return opened().getLongProperty("rocksdb.background-errors");
    }

    void close() {
        use.writeLock().lock();
        try {
            families.values().forEach(ColumnFamilyHandle::close);
            families.clear();
            if (database != null) {
                database.close();
                database = null;
            }
            synced = null;
            while (!natives.isEmpty()) {
                closeQuietly(natives.pop());
            }
        } finally {
            use.writeLock().unlock();
        }
    }

    private RocksDB opened() {
        if (database == null) {
            throw new QueueUnavailableException("the spool is closed");
        }
        return database;
    }

    private DBOptions databaseOptions(Recovery recovery, LRUCache cache) {
        return keep(new DBOptions())
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setWalRecoveryMode(
                        switch (recovery) {
                            case CUT_OFF_TAIL -> WALRecoveryMode.TolerateCorruptedTailRecords;
                            case POINT_IN_TIME -> WALRecoveryMode.PointInTimeRecovery;
                        })
                .setRecycleLogFileNum(0)
                // What was read back from the log is made durable anew: after a failed sync it may be in the page
                // cache only.
                .setAvoidFlushDuringRecovery(false)
                .setMaxBgErrorResumeCount(0)
                .setParanoidChecks(true)
                .setWriteBufferManager(keep(new WriteBufferManager(48 * MEGABYTE, cache)))
                .setMaxTotalWalSize(128 * MEGABYTE)
                .setAllowConcurrentMemtableWrite(false)
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(512)
                .setBytesPerSync(MEGABYTE)
                .setSkipStatsUpdateOnDbOpen(true)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setKeepLogFileNum(4)
                .setMaxLogFileSize(4 * MEGABYTE);
    }

    private ColumnFamilyOptions familyOptions(Family family, LRUCache cache) {
        BlockBasedTableConfig table = new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setFilterPolicy(keep(new BloomFilter(10)));
        return keep(new ColumnFamilyOptions())
                .setTableFormatConfig(table)
                // Ciphertext doesn't compress.
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setWriteBufferSize(family.bufferBytes())
                .setMaxWriteBufferNumber(3);
    }

    private <T extends AutoCloseable> T keep(T object) {
        natives.push(object);
        return object;
    }

    private static void closeQuietly(AutoCloseable object) {
        try {
            object.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
