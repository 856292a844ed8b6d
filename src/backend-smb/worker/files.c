/* SPDX-License-Identifier: MIT */
/*
 * The share as a file system. One request at a time, in their order. The kernel keeps pages and
 * attributes (for a second, as is usual for SMB), nothing is kept back here: a write has been answered
 * by the server when it returns.
 */
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <fuse_lowlevel.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "worker.h"

enum { AHEAD = 1 << 20, AHEAD_MS = 1000, FRESH_SECONDS = 1 };

/* A file that a program has open. The kernel asks for 128 KB at most at a time, which is far from what
 * the server can give: who reads on where he has ended, gets it from a larger piece. */
typedef struct open_file {
    nd_file *file;
    char *path;
    off_t end; /* of the last read */
    unsigned char *ahead;
    off_t ahead_at;
    size_t ahead_size;
    int64_t ahead_until; /* then it is old */
    bool
        has_times; /* they were set, and are lost when the server sees that what was written is closed */
    struct timespec times[2];
    struct open_file *next;
} open_file;

static struct {
    struct fuse *fuse;
    struct fuse_session *session;
    open_file *open; /* the main thread's */
    atomic_uint count;
    atomic_bool stopping;
    int wake; /* eventfd */

    pthread_mutex_t lock;
    pthread_cond_t settling;
    unsigned asked, settled;
    bool ended;
} files = {.wake = -1, .lock = PTHREAD_MUTEX_INITIALIZER};

static open_file *of(const struct fuse_file_info *info)
{
    return (open_file *)(uintptr_t)info->fh;
}

/* ---- Reading and writing -------------------------------------------------------------------- */

static size_t take_ahead(const open_file *self, char *bytes, size_t size, off_t offset)
{
    if (offset < self->ahead_at || offset >= self->ahead_at + (off_t)self->ahead_size ||
        nd_clock_ms() >= self->ahead_until)
        return 0;

    size_t from = (size_t)(offset - self->ahead_at);

    if (size > self->ahead_size - from)
        size = self->ahead_size - from;
    memcpy(bytes, self->ahead + from, size);
    return size;
}

/* Whether there now is something ahead. It may fail where less would not, for others may have locked
 * part. */
static bool read_ahead(open_file *self, off_t offset)
{
    if (!self->ahead)
        self->ahead = malloc(AHEAD);
    self->ahead_size = 0;

    int got = self->ahead ? nd_server_read(self->file, self->ahead, AHEAD, offset) : -ENOMEM;

    if (got <= 0)
        return false;
    self->ahead_at = offset;
    self->ahead_size = (size_t)got;
    self->ahead_until = nd_clock_ms() + AHEAD_MS;
    return true;
}

/* `goes_on`: where the last read has ended. */
static int read_some(open_file *self, bool goes_on, char *bytes, size_t size, off_t offset)
{
    if (goes_on && size < AHEAD && read_ahead(self, offset))
        return (int)take_ahead(self, bytes, size, offset);
    return nd_server_read(self->file, bytes, size, offset);
}

static int serve_read(const char *path, char *bytes, size_t size, off_t offset,
                      struct fuse_file_info *info)
{
    open_file *self = of(info);
    bool goes_on = offset > 0 && offset == self->end;
    size_t done = take_ahead(self, bytes, size, offset);

    (void)path;
    self->end = offset + (off_t)done;
    if (done < size) {
        int more = read_some(self, goes_on, bytes + done, size - done, self->end);

        if (more < 0)
            return more;
        self->end += more;
        done += (size_t)more;
    }
    return (int)done;
}

/* Whoever has the file open reads it anew, and its times are those of now. */
static void note_change(const char *path)
{
    for (open_file *it = files.open; it; it = it->next)
        if (strcmp(it->path, path) == 0) {
            it->ahead_size = 0;
            it->has_times = false;
        }
}

static int serve_write(const char *path, const char *bytes, size_t size, off_t offset,
                       struct fuse_file_info *info)
{
    open_file *self = of(info);

    (void)path;
    note_change(self->path);
    return nd_server_write(self->file, bytes, size, offset);
}

static int serve_truncate(const char *path, off_t size, struct fuse_file_info *info)
{
    nd_file *file = NULL;

    if (info) {
        note_change(of(info)->path);
        return nd_server_truncate(of(info)->file, size);
    }

    int code = nd_server_open(path, O_WRONLY, &file);

    if (code)
        return code;
    note_change(path);
    code = nd_server_truncate(file, size);
    nd_server_close(file);
    return code;
}

/* ---- Open files ----------------------------------------------------------------------------- */

static int open_with(const char *path, int flags, struct fuse_file_info *info)
{
    open_file *self = calloc(1, sizeof *self);

    if (!self || !(self->path = strdup(path ? path : ""))) {
        free(self);
        return -ENOMEM;
    }

    int code = nd_server_open(path, flags, &self->file);

    if (code) {
        free(self->path);
        free(self);
        return code;
    }
    if (flags & O_TRUNC)
        note_change(self->path);
    self->next = files.open;
    files.open = self;
    atomic_fetch_add(&files.count, 1);
    info->fh = (uintptr_t)self;
    return 0;
}

static int serve_open(const char *path, struct fuse_file_info *info)
{
    return open_with(path, info->flags, info);
}

static int serve_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
    (void)mode;
    return open_with(path, info->flags | O_CREAT, info);
}

static int serve_release(const char *path, struct fuse_file_info *info)
{
    open_file *self = of(info), **at = &files.open;

    (void)path;
    while (*at != self)
        at = &(*at)->next;
    *at = self->next;
    nd_server_close(self->file);
    if (self->has_times)
        nd_server_set_times(self->path, self->times);
    atomic_fetch_sub(&files.count, 1);
    free(self->ahead);
    free(self->path);
    free(self);
    return 0;
}

/* There is nothing to be flushed here. Of SMB's own flush, to the server's disk, libsmbclient knows
 * nothing; but a handle that has been lost is noticed. */
static int serve_fsync(const char *path, int data_only, struct fuse_file_info *info)
{
    struct stat unused;

    (void)path, (void)data_only;
    return nd_server_stat_file(of(info)->file, &unused);
}

static int serve_getattr(const char *path, struct stat *out, struct fuse_file_info *info)
{
    return info ? nd_server_stat_file(of(info)->file, out) : nd_server_stat(path, out);
}

/* ---- Directories and names ------------------------------------------------------------------ */

static int serve_opendir(const char *path, struct fuse_file_info *info)
{
    (void)path, (void)info;
    atomic_fetch_add(&files.count, 1);
    return 0;
}

static int serve_releasedir(const char *path, struct fuse_file_info *info)
{
    (void)path, (void)info;
    atomic_fetch_sub(&files.count, 1);
    return 0;
}

typedef struct listing {
    void *buffer;
    fuse_fill_dir_t fill;
    bool full; /* no memory for more */
} listing;

static bool add_entry(void *data, const char *name, const struct stat *what)
{
    listing *self = data;

    self->full = self->fill(self->buffer, name, what, 0, FUSE_FILL_DIR_PLUS) != 0;
    return !self->full;
}

static int serve_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                         struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
    listing self = {.buffer = buffer, .fill = fill};

    (void)offset, (void)info, (void)flags;
    if (fill(buffer, ".", NULL, 0, 0) || fill(buffer, "..", NULL, 0, 0))
        return -ENOMEM;

    int code = nd_server_list(path, add_entry, &self);

    return code == 0 && self.full ? -ENOMEM : code;
}

static int serve_mkdir(const char *path, mode_t mode)
{
    (void)mode;
    return nd_server_make_directory(path);
}

static int serve_rename(const char *from, const char *to, unsigned flags)
{
    return flags ? -EINVAL : nd_server_rename(from, to);
}

static int serve_utimens(const char *path, const struct timespec wanted[2], struct fuse_file_info *info)
{
    struct timespec times[2] = {wanted[0], wanted[1]};
    int code;

    (void)info;
    for (int i = 0; i < 2; i++)
        if (times[i].tv_nsec == UTIME_NOW)
            clock_gettime(CLOCK_REALTIME, &times[i]);
    code = nd_server_set_times(path, times);
    for (open_file *it = files.open; it && code == 0; it = it->next)
        if (strcmp(it->path, path) == 0) {
            memcpy(it->times, times, sizeof times);
            it->has_times = true;
        }
    return code;
}

/* Of all modes SMB has that a file is not to be written. */
static int serve_chmod(const char *path, mode_t mode, struct fuse_file_info *info)
{
    struct stat is;
    int code = serve_getattr(path, &is, info);

    if (code)
        return code;
    if ((mode & 07777 & ~(mode_t)0200) != (is.st_mode & 07777 & ~(mode_t)0200))
        return -ENOSYS;
    if ((mode & 0200) == (is.st_mode & 0200))
        return 0;
    return S_ISDIR(is.st_mode) ? -ENOSYS : nd_server_set_writable(path, mode & 0200);
}

static int serve_statfs(const char *path, struct statvfs *out)
{
    int code = nd_server_space(out);

    (void)path;
    out->f_namemax = 255;
    return code;
}

static void *begin_serving(struct fuse_conn_info *connection, struct fuse_config *config)
{
    connection->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_HANDLE_KILLPRIV);
    config->entry_timeout = FRESH_SECONDS;
    config->attr_timeout = FRESH_SECONDS;
    config->auto_cache = 1;  /* pages are dropped when the file has changed since it was last open */
    config->hard_remove = 1; /* what is open cannot be removed, as the server says itself */
    return NULL;
}

static const struct fuse_operations operations = {
    .init = begin_serving,
    .getattr = serve_getattr,
    .readdir = serve_readdir,
    .opendir = serve_opendir,
    .releasedir = serve_releasedir,
    .open = serve_open,
    .create = serve_create,
    .read = serve_read,
    .write = serve_write,
    .truncate = serve_truncate,
    .fsync = serve_fsync,
    .release = serve_release,
    .mkdir = serve_mkdir,
    .rmdir = nd_server_remove_directory,
    .unlink = nd_server_remove,
    .rename = serve_rename,
    .utimens = serve_utimens,
    .chmod = serve_chmod,
    .statfs = serve_statfs,
};

/* ---- Mounting ------------------------------------------------------------------------------- */

/* "fsname=SOURCE,...", with what has a meaning in options escaped. */
static char *make_options(const char *source)
{
    static const char rest[] = ",subtype=netdisc-smb,nosuid,nodev";
    char *options = malloc(2 * strlen(source) + sizeof "fsname=" + sizeof rest);

    if (!options)
        return NULL;

    char *end = stpcpy(options, "fsname=");

    for (; *source; source++) {
        if (strchr(",\\", *source))
            *end++ = '\\';
        *end++ = *source;
    }
    strcpy(end, rest);
    return options;
}

static struct fuse *make_fuse(const char *source)
{
    char *options = make_options(source);
    struct fuse_args arguments = FUSE_ARGS_INIT(0, NULL);
    struct fuse *fuse = NULL;

    if (options && fuse_opt_add_arg(&arguments, "netdisc-smb") == 0 &&
        fuse_opt_add_arg(&arguments, "-o") == 0 && fuse_opt_add_arg(&arguments, options) == 0)
        fuse = fuse_new(&arguments, &operations, sizeof operations, NULL);
    fuse_opt_free_args(&arguments);
    free(options);
    return fuse;
}

bool nd_files_mount(const char *place, const char *source, nd_failure *why)
{
    int device = open("/dev/fuse", O_RDWR | O_CLOEXEC);

    if (device < 0)
        return nd_failure_errno(why, NETDISC_ERROR_NOT_SUPPORTED, errno, "/dev/fuse cannot be opened");
    close(device);
    files.fuse = make_fuse(source);
    if (!files.fuse)
        return nd_failure_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "libfuse could not be set up");
    if (fuse_mount(files.fuse, place)) {
        fuse_destroy(files.fuse);
        files.fuse = NULL;
        return nd_failure_say(why, NETDISC_ERROR_ACCESS_DENIED,
                              "libfuse and fusermount3 cannot mount on %s", place);
    }
    files.session = fuse_get_session(files.fuse);
    fcntl(fuse_session_fd(files.session), F_SETFL, O_NONBLOCK | O_RDWR);
    return true;
}

/* ---- Serving -------------------------------------------------------------------------------- */

static void set_settled(unsigned asked, bool ended)
{
    pthread_mutex_lock(&files.lock);
    files.settled = asked;
    files.ended = ended;
    pthread_cond_broadcast(&files.settling);
    pthread_mutex_unlock(&files.lock);
}

static unsigned what_was_asked(void)
{
    pthread_mutex_lock(&files.lock);
    unsigned asked = files.asked;
    pthread_mutex_unlock(&files.lock);
    return asked;
}

static void sleep_until_asked(void)
{
    int device = files.session ? fuse_session_fd(files.session) : -1;
    struct pollfd on[] = {{.fd = device, .events = POLLIN}, {.fd = files.wake, .events = POLLIN}};
    eventfd_t unused;

    if (poll(on, 2, -1) > 0 && on[1].revents)
        eventfd_read(files.wake, &unused);
}

void nd_files_serve(void)
{
    struct fuse_buf request = {0};

    while (!atomic_load(&files.stopping)) {
        unsigned asked = what_was_asked();
        int got = files.session ? fuse_session_receive_buf(files.session, &request) : -EAGAIN;

        if (got > 0) {
            fuse_session_process_buf(files.session, &request);
        } else if (got == -EAGAIN) {
            set_settled(asked, false);
            sleep_until_asked();
        } else if (got != -EINTR) {
            break;
        }
    }
    set_settled(0, true);
    free(request.mem);
}

void nd_files_abort(void)
{
    /* Not fuse_unmount(), which unmounts whatever is in that place by now. */
    if (files.session)
        close(fuse_session_fd(files.session));
    files.session = NULL;
}

static void wake(void)
{
    eventfd_write(files.wake, 1);
}

void nd_files_stop(void)
{
    atomic_store(&files.stopping, true);
    wake();
}

unsigned nd_files_open(void)
{
    return atomic_load(&files.count);
}

bool nd_files_settle(int64_t deadline)
{
    struct timespec until = {.tv_sec = deadline / 1000, .tv_nsec = deadline % 1000 * 1000000};
    int code = 0;

    pthread_mutex_lock(&files.lock);

    unsigned mine = ++files.asked;

    wake();
    while (!files.ended && files.settled < mine && code == 0)
        code = pthread_cond_timedwait(&files.settling, &files.lock, &until);

    bool settled = files.ended || files.settled >= mine;

    pthread_mutex_unlock(&files.lock);
    return settled;
}

int nd_files_prepare(void)
{
    pthread_condattr_t attributes;

    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&files.settling, &attributes);
    pthread_condattr_destroy(&attributes);
    files.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return files.wake < 0 ? errno : 0;
}
