/* SPDX-License-Identifier: MIT */
/*
 * umount2() of an idle mount waits for the server to be told, with MNT_DETACH, too; where the server
 * does not answer, for minutes. So it runs on a thread of its own, which is left behind when the caller
 * gives up, and with force as soon as the mount is out of sight: it touches nothing of
 * the program's then but its own job.
 */
#include "unmount.h"

#include <errno.h>
#include <fcntl.h>
#include <libmount/libmount.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <unistd.h>

enum { GRACE_MS = 50 /* for the thread's end */ };

typedef struct job {
    atomic_int refs; /* the slot, the thread */
    pthread_t thread;
    int done;  /* an eventfd: readable at the end */
    int error; /* valid at the end */
    int mount; /* its id */
    bool force;
    atomic_bool detaching;
    char point[];
} job;

/* ---- What is allowed ------------------------------------------------------------------------ */

/* The program has rights that its user has not. */
static bool is_setuid(void)
{
    return getuid() != 0 && (geteuid() == 0 || getauxval(AT_SECURE));
}

/* The rule of the setuid program umount, told by libmount without doing it: its own way changes the
 * working directory of the process. Nothing is looked up in the file system, as that may hang. */
static int ask_rule(const nd_mount *mount)
{
    struct libmnt_context *rule = mnt_new_context();
    bool allowed = rule && mnt_context_disable_canonicalize(rule, 1) == 0 &&
                   mnt_context_disable_helpers(rule, 1) == 0 && mnt_context_is_restricted(rule) &&
                   mnt_context_set_target(rule, mount->point) == 0 &&
                   mnt_context_prepare_umount(rule) == 0;

    mnt_free_context(rule);
    return allowed ? 0 : EPERM;
}

const char *nd_unmount_fstab_option(const nd_mount *mount)
{
    static const char *const options[] = {"user", "users", "owner", "group"};
    struct libmnt_table *table = mnt_new_table_from_file("/etc/fstab");
    struct libmnt_fs *line =
        table ? mnt_table_find_pair(table, mount->source, mount->point, MNT_ITER_FORWARD) : NULL;
    const char *found = NULL;

    for (size_t i = 0; line && !found && i < sizeof options / sizeof *options; i++)
        if (mnt_fs_get_option(line, options[i], NULL, NULL) == 0)
            found = options[i];
    mnt_unref_table(table);
    return found;
}

/* ---- On the thread -------------------------------------------------------------------------- */

static void job_unref(job *it)
{
    if (atomic_fetch_sub(&it->refs, 1) > 1)
        return;
    if (it->done >= 0)
        close(it->done);
    free(it);
}

static int unmount(const char *path, int flags)
{
    return umount2(path, flags | UMOUNT_NOFOLLOW) ? errno : 0;
}

/* The directory that the point is in; -1 and errno. No symbolic link is followed: who owns a directory
 * on the way could lead us to another mount. */
static int open_parent(const char *point)
{
    const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = open("/", flags);

    for (const char *slash; fd >= 0 && (slash = strchr(++point, '/')); point = slash) {
        char name[NAME_MAX + 1];
        int parent = fd;

        snprintf(name, sizeof name, "%.*s", (int)(slash - point), point);
        fd = openat(parent, name, flags);

        int error = errno;

        close(parent);
        errno = error;
    }
    return fd;
}

/* True, too, where that cannot be told. */
static bool has_mounts_below(int id)
{
    nd_mounts *all = NULL;
    nd_trouble why = {0};
    netdisc_status status = nd_mounts_read(&all, NULL, &why);
    const nd_mount *mount = status ? NULL : nd_mounts_by_id(all, id);
    bool any = status || (mount && nd_mounts_below(all, mount));

    nd_mounts_free(all);
    return any;
}

/* What the kernel has itself mounted below, for a link of DFS, goes with what it is on, unless somebody
 * uses it; any other mount below stands in the way of force, too. */
static int unmount_path(job *it, const char *path)
{
    int error = unmount(path, it->force && !has_mounts_below(it->mount) ? MNT_FORCE : 0);

    if (error != EBUSY || !it->force || has_mounts_below(it->mount))
        return error;
    atomic_store(&it->detaching, true);
    return unmount(path, MNT_DETACH);
}

static int run(job *it)
{
    char path[NAME_MAX + 64];
    int parent = open_parent(it->point);

    if (parent < 0)
        return errno;
    snprintf(path, sizeof path, "/proc/thread-self/fd/%d/%s", parent, strrchr(it->point, '/') + 1);

    int error = unmount_path(it, path);

    close(parent);
    return error;
}

/* What the setuid program mount has written down of it. */
static void forget_options(const char *point)
{
    struct libmnt_update *update = mnt_new_update();

    if (update && mnt_update_set_fs(update, 0, point, NULL) == 0)
        mnt_update_table(update, NULL);
    mnt_free_update(update);
}

static void *run_job(void *data)
{
    job *it = data;
    const uint64_t one = 1;

    it->error = run(it);
    if (!it->error)
        forget_options(it->point);

    ssize_t written = write(it->done, &one, sizeof one);

    (void)written;
    job_unref(it);
    return NULL;
}

/* ---- In the slot ---------------------------------------------------------------------------- */

/* NULL: no memory. */
static job *job_new(const nd_mount *mount, bool force)
{
    size_t size = strlen(mount->point) + 1;
    job *it = malloc(sizeof *it + size);

    if (!it)
        return NULL;
    *it = (job){.done = -1, .mount = mount->id, .force = force};
    atomic_init(&it->refs, 1);
    memcpy(it->point, mount->point, size);
    return it;
}

/* The core's workers, and so the threads that they start, block all signals. */
static int job_start(job *it)
{
    it->done = eventfd(0, EFD_CLOEXEC);
    if (it->done < 0)
        return errno;
    atomic_fetch_add(&it->refs, 1);

    int error = pthread_create(&it->thread, NULL, run_job, it);
    if (error)
        atomic_fetch_sub(&it->refs, 1);
    return error;
}

int nd_unmount_check(const nd_mount *mount)
{
    nd_mounts *all = NULL;
    nd_trouble why = {0};

    if (nd_mounts_read(&all, NULL, &why))
        return why.native_code ? (int)why.native_code : ENOMEM;

    const nd_mount *found = nd_mounts_by_id(all, mount->id);
    bool same = found && found->major == mount->major && found->minor == mount->minor &&
                strcmp(found->point, mount->point) == 0;

    nd_mounts_free(all);
    return same ? 0 : ENOENT;
}

/* Waits for the thread; with force only until the mount is out of sight. True: the thread has ended. */
static bool await(nd_call *call, int wake, const nd_mount *mount, const job *it, int mountinfo)
{
    for (;;) {
        struct pollfd sources[] = {
            {.fd = it->done, .events = POLLIN},
            {.fd = wake, .events = POLLIN},
            {.fd = mountinfo, .events = POLLPRI},
        };

        if (poll(sources, 3, -1) < 0) {
            if (errno != EINTR)
                return false;
            continue;
        }
        if (sources[0].revents) {
            nd_note(call, NULL);
            return true;
        }
        if (sources[1].revents)
            return false;
        if (nd_unmount_check(mount) != ENOENT)
            continue;
        if (it->force)
            return poll(sources, 1, GRACE_MS) > 0;
        nd_note(call, "it was unmounted, but its server has not answered yet");
    }
}

static int finish(const nd_mount *mount, const job *it, bool ended)
{
    if (ended && it->error)
        return it->error;

    int error = nd_unmount_check(mount);

    if (error == ENOENT)
        return ended || it->force ? 0 : ECANCELED;
    if (error)
        return error;
    return ended ? EEXIST : ECANCELED;
}

static int run_and_wait(nd_call *call, int wake, const nd_mount *mount, job *it, int mountinfo)
{
    int error = job_start(it);

    if (error)
        return error;

    bool ended = await(call, wake, mount, it, mountinfo);

    if (ended)
        pthread_join(it->thread, NULL);
    else
        pthread_detach(it->thread);
    return finish(mount, it, ended);
}

int nd_unmount(nd_call *call, int wake, const nd_mount *mount, bool force, bool *detached)
{
    int error = is_setuid() ? ask_rule(mount) : 0;

    *detached = false;
    if (error)
        return error;

    int mountinfo = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
    job *it = mountinfo < 0 ? NULL : job_new(mount, force);

    error = mountinfo < 0 ? errno : it ? run_and_wait(call, wake, mount, it, mountinfo) : ENOMEM;
    if (it) {
        *detached = !error && atomic_load(&it->detaching);
        job_unref(it);
    }
    if (mountinfo >= 0)
        close(mountinfo);
    return error;
}
