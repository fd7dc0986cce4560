/*
 * Disks that fail on command, for tests: loaded with LD_PRELOAD, it makes writing calls on files below one folder fail
 * while a control file says so. The control file is mapped into memory, so looking at it costs nothing and a test can
 * change it while the program runs. org.smtpproxy.testkit.fault.IoFaults writes it and explains its fields.
 *
 * IOFAULT_FOLDER   the folder, absolute and without symbolic links
 * IOFAULT_CONTROL  the control file
 *
 * Only calls that go through libc's dynamic symbols are seen: the JDK's and RocksDB's do; writes through mmap and the
 * buffered output of stdio don't.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum operation { WRITE = 1, SYNC = 2, CREATE = 4, ALLOCATE = 8, RENAME = 16 };

/* Little-endian 32-bit words, in this order in the control file. */
struct control {
    volatile int32_t operations; /* bits: what fails; 0 is healthy */
    volatile int32_t error;      /* the errno it fails with */
    volatile int32_t remaining;  /* how many calls still fail; negative: all */
    volatile int32_t torn;       /* 1: a failing write leaves its first half behind; 2: writes are short, and succeed */
    volatile int32_t injected;   /* counted up by us: calls that were made to fail or cut short */
};

static struct control *control;
static char folder[PATH_MAX];
static size_t folder_length;

/* Another library's constructor may write before ours ran: everything is healthy until then. */
__attribute__((constructor)) static void start(void) {
    const char *under = getenv("IOFAULT_FOLDER");
    const char *file = getenv("IOFAULT_CONTROL");
    if (under == NULL || file == NULL || strlen(under) >= sizeof folder) {
        return;
    }
    strcpy(folder, under);
    folder_length = strlen(folder);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        fprintf(stderr, "iofault: no control file %s\n", file);
        return;
    }
    void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped == MAP_FAILED) {
        fprintf(stderr, "iofault: can't map %s\n", file);
        return;
    }
    control = mapped;
}

static int below_folder(const char *path) {
    return strncmp(path, folder, folder_length) == 0 && (path[folder_length] == '/' || path[folder_length] == 0);
}

static int fd_below_folder(int fd) {
    char link[64], target[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) {
        return 0;
    }
    target[length] = 0;
    return below_folder(target);
}

/* A path may be relative, and need not exist yet: its folder is what counts. */
static int path_below_folder(int dir, const char *path) {
    char joined[PATH_MAX], resolved[PATH_MAX];
    if (path[0] == '/') {
        if (below_folder(path)) {
            return 1;
        }
        snprintf(joined, sizeof joined, "%s", path);
    } else if (dir == AT_FDCWD) {
        snprintf(joined, sizeof joined, "./%s", path);
    } else {
        return fd_below_folder(dir);
    }
    char *last = strrchr(joined, '/');
    if (last == joined) {
        return 0;
    }
    *last = 0;
    return realpath(joined, resolved) != NULL && below_folder(resolved);
}

static int armed(enum operation operation) {
    return control != NULL && (control->operations & operation) != 0;
}

/* Takes one of the remaining failures; errno is set when there was one. */
static int strike(void) {
    for (int32_t left = control->remaining; left >= 0;) {
        if (left == 0) {
            return 0;
        }
        if (__atomic_compare_exchange_n(
                    (int32_t *)&control->remaining, &left, left - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            break;
        }
    }
    __atomic_add_fetch((int32_t *)&control->injected, 1, __ATOMIC_SEQ_CST);
    errno = control->error;
    return 1;
}

static int fails(enum operation operation, int fd) {
    if (!armed(operation)) {
        return 0;
    }
    int saved = errno;
    int ours = fd_below_folder(fd);
    errno = saved;
    return ours && strike();
}

static int fails_at(enum operation operation, int dir, const char *path) {
    if (!armed(operation) || path == NULL) {
        return 0;
    }
    int saved = errno;
    int ours = path_below_folder(dir, path);
    errno = saved;
    return ours && strike();
}

#define REAL(name) \
    static __typeof__(&name) real; \
    if (real == NULL) { \
        real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
    }

/* Half of the bytes of a write that fails or is cut short, at least one when there is anything to cut. */
static size_t half(size_t count) {
    return count > 1 ? count / 2 : count;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write)
    if (!fails(WRITE, fd)) {
        return real(fd, bytes, count);
    }
    int error = errno;
    if (control->torn == 2) {
        return real(fd, bytes, half(count));
    }
    if (control->torn == 1 && count > 1) {
        (void)!real(fd, bytes, half(count));
    }
    errno = error;
    return -1;
}

#define PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *bytes, size_t count, offset_type at) { \
        REAL(name) \
        if (!fails(WRITE, fd)) { \
            return real(fd, bytes, count, at); \
        } \
        int error = errno; \
        if (control->torn == 2) { \
            return real(fd, bytes, half(count), at); \
        } \
        if (control->torn == 1 && count > 1) { \
            (void)!real(fd, bytes, half(count), at); \
        } \
        errno = error; \
        return -1; \
    }

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

/* Of a gathering write, the first buffer is what a short or torn one leaves behind. */
static int first_buffers(int count) {
    return count > 1 ? 1 : count;
}

ssize_t writev(int fd, const struct iovec *buffers, int count) {
    REAL(writev)
    if (!fails(WRITE, fd)) {
        return real(fd, buffers, count);
    }
    int error = errno;
    if (control->torn == 2) {
        return real(fd, buffers, first_buffers(count));
    }
    if (control->torn == 1 && count > 1) {
        (void)!real(fd, buffers, first_buffers(count));
    }
    errno = error;
    return -1;
}

#define PWRITEV(name, offset_type) \
    ssize_t name(int fd, const struct iovec *buffers, int count, offset_type at) { \
        REAL(name) \
        if (!fails(WRITE, fd)) { \
            return real(fd, buffers, count, at); \
        } \
        int error = errno; \
        if (control->torn == 2) { \
            return real(fd, buffers, first_buffers(count), at); \
        } \
        errno = error; \
        return -1; \
    }

PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

#define FAILING(operation, result, name, parameters, arguments) \
    result name parameters { \
        REAL(name) \
        return fails(operation, fd) ? -1 : real arguments; \
    }

FAILING(WRITE, ssize_t, sendfile, (int fd, int from, off_t *at, size_t count), (fd, from, at, count))
FAILING(WRITE, ssize_t, sendfile64, (int fd, int from, off64_t *at, size_t count), (fd, from, at, count))
FAILING(SYNC, int, fsync, (int fd), (fd))
FAILING(SYNC, int, fdatasync, (int fd), (fd))
FAILING(SYNC, int, syncfs, (int fd), (fd))
FAILING(SYNC, int, sync_file_range, (int fd, off64_t at, off64_t count, unsigned flags), (fd, at, count, flags))
FAILING(ALLOCATE, int, ftruncate, (int fd, off_t length), (fd, length))
FAILING(ALLOCATE, int, ftruncate64, (int fd, off64_t length), (fd, length))
FAILING(ALLOCATE, int, fallocate, (int fd, int mode, off_t at, off_t count), (fd, mode, at, count))
FAILING(ALLOCATE, int, fallocate64, (int fd, int mode, off64_t at, off64_t count), (fd, mode, at, count))

ssize_t copy_file_range(int from, off64_t *from_at, int fd, off64_t *at, size_t count, unsigned flags) {
    REAL(copy_file_range)
    return fails(WRITE, fd) ? -1 : real(from, from_at, fd, at, count, flags);
}

/* These two return the error instead of setting errno. */
int posix_fallocate(int fd, off_t at, off_t count) {
    REAL(posix_fallocate)
    return fails(ALLOCATE, fd) ? errno : real(fd, at, count);
}

int posix_fallocate64(int fd, off64_t at, off64_t count) {
    REAL(posix_fallocate64)
    return fails(ALLOCATE, fd) ? errno : real(fd, at, count);
}

/* Only an open that may make a file fails: what is there can still be read. */
#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(name) \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return (flags & O_CREAT) && fails_at(CREATE, AT_FDCWD, path) ? -1 : real(path, flags, mode); \
    }

OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int dir, const char *path, int flags, ...) { \
        REAL(name) \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0; \
        va_end(rest); \
        return (flags & O_CREAT) && fails_at(CREATE, dir, path) ? -1 : real(dir, path, flags, mode); \
    }

OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t mode) {
    REAL(creat)
    return fails_at(CREATE, AT_FDCWD, path) ? -1 : real(path, mode);
}

int creat64(const char *path, mode_t mode) {
    REAL(creat64)
    return fails_at(CREATE, AT_FDCWD, path) ? -1 : real(path, mode);
}

int mkdir(const char *path, mode_t mode) {
    REAL(mkdir)
    return fails_at(CREATE, AT_FDCWD, path) ? -1 : real(path, mode);
}

int link(const char *from, const char *to) {
    REAL(link)
    return fails_at(CREATE, AT_FDCWD, to) ? -1 : real(from, to);
}

#define FOPEN(name) \
    FILE *name(const char *path, const char *mode) { \
        REAL(name) \
        return mode[0] != 'r' && fails_at(CREATE, AT_FDCWD, path) ? NULL : real(path, mode); \
    }

FOPEN(fopen)
FOPEN(fopen64)

int rename(const char *from, const char *to) {
    REAL(rename)
    return fails_at(RENAME, AT_FDCWD, to) ? -1 : real(from, to);
}

int renameat(int from_dir, const char *from, int dir, const char *to) {
    REAL(renameat)
    return fails_at(RENAME, dir, to) ? -1 : real(from_dir, from, dir, to);
}
