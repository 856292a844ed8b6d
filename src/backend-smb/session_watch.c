/* SPDX-License-Identifier: MIT */
/*
 * A thread that looks again whenever a mapping's directory, the profile or a worker's life has changed.
 * What is to be waited for is set up before it is looked, so that nothing is missed in between.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "picture.h"
#include "session.h"

struct nd_session_watch {
    nd_session *session;
    int wake;
    bool started; /* by the slot, of which one runs at a time */
    pthread_t thread;
    atomic_bool ended;
    atomic_bool wanted;
    atomic_bool again; /* a watch has come since */
};

/* What one look has to wait for: the changes, the wake-up, and the end of each worker. */
typedef struct waiting {
    int changes;
    struct pollfd *fds;
    nfds_t count;
    bool blind; /* the kernel has no descriptors of processes, or no room for more watches */
} waiting;

enum { CHANGES, WAKE, WORKERS };

enum { RETRY_MS = 2000 /* where nothing tells when to look again */ };

/* ---- Waiting -------------------------------------------------------------------------------- */

static void watch_path(waiting *wait, const char *path)
{
    const uint32_t changes = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF;

    if (path && inotify_add_watch(wait->changes, path, changes) < 0 && errno != ENOENT)
        wait->blind = true;
}

/* The profile's directory, and that in which it would be made. */
static void watch_profile(waiting *wait)
{
    char *path = nd_profile_directory();

    watch_path(wait, path);
    if (path && strrchr(path, '/') > path) {
        *strrchr(path, '/') = 0;
        watch_path(wait, path);
    }
    free(path);
}

static void stop_waiting(waiting *wait)
{
    for (nfds_t i = WORKERS; i < wait->count; i++)
        close(wait->fds[i].fd);
    if (wait->changes >= 0)
        close(wait->changes);
    free(wait->fds);
    *wait = (waiting){.changes = -1};
}

static netdisc_status watch_directories(nd_session_watch *watch, waiting *wait, nd_trouble *why)
{
    const char *sentence = NULL;
    nd_rundir dir;
    int code = nd_rundir_open(&dir, true, &sentence);

    if (code)
        return nd_trouble_errno(why, sentence ? NETDISC_ERROR_ACCESS_DENIED : 0, code, "%s",
                                sentence ? sentence : "the directory of mappings cannot be watched");
    wait->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    wait->fds = calloc(WORKERS, sizeof *wait->fds);
    if (wait->changes >= 0 && wait->fds) {
        watch_path(wait, dir.path);
        watch_profile(wait);
        wait->fds[CHANGES] = (struct pollfd){.fd = wait->changes, .events = POLLIN};
        wait->fds[WAKE] = (struct pollfd){.fd = watch->wake, .events = POLLIN};
        wait->count = WORKERS;
    } else {
        code = wait->changes < 0 ? errno : ENOMEM;
    }
    nd_rundir_close(&dir);
    return code ? nd_trouble_errno(why, 0, code, "mappings cannot be watched") : NETDISC_NO_ERROR;
}

/* What a worker changes in its mapping is seen in that directory, its end by the process. False: it has
 * ended already. */
static bool watch_worker(waiting *wait, const nd_mappings *live, const nd_mapping *mapping)
{
    struct pollfd *more = realloc(wait->fds, (wait->count + 1) * sizeof *more);
    char *path = nd_mapping_path(&live->dir, mapping->name, NULL);

    watch_path(wait, path);
    free(path);
    if (more)
        wait->fds = more;
    if (!more || !mapping->worker)
        return true;

    int process = pidfd_open(mapping->worker, 0);

    if (process >= 0)
        more[wait->count++] = (struct pollfd){.fd = process, .events = POLLIN};
    else
        wait->blind = wait->blind || errno == ENOSYS;
    return process >= 0 || errno != ESRCH;
}

/* ---- Looking -------------------------------------------------------------------------------- */

/* A worker that ends between the two looks is not waited for, but looked for again. */
static bool watch_workers(nd_session_watch *watch, waiting *wait)
{
    const nd_host *host = watch->session->host;
    nd_mappings live;
    nd_trouble why;
    bool all = !nd_mappings_read(host, &live, &why);

    for (size_t i = 0; i < live.count; i++)
        all = watch_worker(wait, &live, live.at[i]) && all;
    nd_mappings_free(host, &live);
    return all;
}

static netdisc_status look(nd_session_watch *watch, waiting *wait, nd_picture *picture, nd_trouble *why)
{
    const nd_host *host = watch->session->host;
    netdisc_status status = watch_directories(watch, wait, why);

    if (status)
        return status;

    bool all = watch_workers(watch, wait);
    nd_profile *profile = NULL;
    nd_mappings live;

    status = nd_mappings_read(host, &live, why);
    if (!status) {
        nd_trouble unread;

        if (nd_profile_read(host, &profile, &unread))
            nd_host_log(host, NETDISC_LOG_WARNING, unread.message);
        nd_session_show(host, &live, profile, NULL, nd_picture_take, picture);
        nd_picture_done(picture);
        nd_profile_free(profile);
    }
    nd_mappings_free(host, &live);
    if (!status && !all)
        eventfd_write(watch->wake, 1);
    return status;
}

/* ---- The thread ----------------------------------------------------------------------------- */

static void look_and_wait(nd_session_watch *watch, nd_picture *picture)
{
    waiting wait = {.changes = -1};
    nd_trouble why;
    netdisc_status status = look(watch, &wait, picture, &why);
    struct pollfd only_wake = {.fd = watch->wake, .events = POLLIN};
    eventfd_t count;

    if (status)
        nd_picture_lost(picture, status, why.message);
    if (atomic_exchange(&watch->again, false) && !status)
        nd_picture_again(picture);
    while (poll(status ? &only_wake : wait.fds, status ? 1 : wait.count,
                status || wait.blind ? RETRY_MS : -1) < 0 &&
           errno == EINTR)
        continue;
    eventfd_read(watch->wake, &count);
    stop_waiting(&wait);
}

static void idle(nd_session_watch *watch)
{
    struct pollfd wake = {.fd = watch->wake, .events = POLLIN};
    eventfd_t count;

    while (poll(&wake, 1, -1) < 0 && errno == EINTR)
        continue;
    eventfd_read(watch->wake, &count);
}

static void *run(void *data)
{
    nd_session_watch *watch = data;
    nd_picture *picture = NULL;

    while (!atomic_load(&watch->ended)) {
        if (!atomic_load(&watch->wanted)) {
            nd_picture_free(picture);
            picture = NULL;
            idle(watch);
            continue;
        }
        if (!picture) {
            picture = nd_picture_new(watch->session->host, ND_SORT_SHARE);
            atomic_store(&watch->again, false);
        }
        if (picture)
            look_and_wait(watch, picture);
        else
            idle(watch);
    }
    nd_picture_free(picture);
    return NULL;
}

/* ---- From outside --------------------------------------------------------------------------- */

nd_session_watch *nd_session_watch_new(nd_session *session)
{
    nd_session_watch *watch = calloc(1, sizeof *watch);

    if (!watch)
        return NULL;
    watch->session = session;
    watch->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (watch->wake < 0) {
        free(watch);
        return NULL;
    }
    return watch;
}

static void lost_at_once(nd_session_watch *watch, netdisc_status status, const char *reason)
{
    nd_emit(watch->session->host,
            &(nd_event){
                .type = NETDISC_EVENT_LOST, .kinds = NETDISC_SHARE, .status = status, .reason = reason});
}

void nd_session_watch_set(nd_session_watch *watch, uint32_t kinds)
{
    bool wanted = (kinds & NETDISC_SHARE) != 0;

    if (wanted && !watch->started) {
        int code = pthread_create(&watch->thread, NULL, run, watch);

        if (code) {
            lost_at_once(watch, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "no thread can be had to watch");
            return;
        }
        watch->started = true;
    }
    if (wanted)
        atomic_store(&watch->again, true);
    atomic_store(&watch->wanted, wanted);
    eventfd_write(watch->wake, 1);
}

void nd_session_watch_free(nd_session_watch *watch)
{
    if (!watch)
        return;
    atomic_store(&watch->ended, true);
    eventfd_write(watch->wake, 1);
    if (watch->started)
        pthread_join(watch->thread, NULL);
    close(watch->wake);
    free(watch);
}
