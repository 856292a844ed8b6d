/* SPDX-License-Identifier: MIT */
#include "cifs_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "picture.h"
#include "shares.h"

enum { RETRY_MS = 5000 };

struct nd_cifs_watch {
    const nd_host *host;
    nd_picture *picture;
    pthread_t thread;
    int wake; /* an eventfd: something is asked of the thread */
    atomic_bool ending;
    atomic_bool again;

    /* The thread's own. */
    int mounts;  /* mountinfo: POLLPRI when something has been mounted or unmounted */
    int profile; /* of inotify; -1: it cannot be watched */
};

/* ---- The thread ----------------------------------------------------------------------------- */

/* The directory of the profile, or, where it is not there yet, the next above that is. */
static void watch_profile(nd_cifs_watch *it)
{
    const uint32_t changes =
        IN_CREATE | IN_DELETE | IN_MOVE | IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    char *path = nd_profile_directory();

    if (it->profile >= 0)
        close(it->profile);
    it->profile = path ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;
    while (it->profile >= 0 && *path && inotify_add_watch(it->profile, path, changes) < 0) {
        char *slash = strrchr(path, '/');

        *(slash ? slash : path) = '\0';
    }
    free(path);
}

/* False: it cannot be looked now. */
static bool look(nd_cifs_watch *it)
{
    nd_shares shares;
    nd_trouble why = {0};
    netdisc_status status = nd_shares_read(it->host, &shares, &why);

    if (it->mounts < 0 && !status)
        status = nd_trouble_say(&why, NETDISC_ERROR_TOO_MANY_OPEN_FILES, "mountinfo cannot be watched");
    if (status) {
        nd_picture_lost(it->picture, status, why.message);
    } else {
        nd_shares_each(&shares, NULL, nd_picture_take, it->picture);
        nd_picture_done(it->picture);
    }
    nd_shares_clear(&shares);
    return !status;
}

static void await(nd_cifs_watch *it, int timeout_ms)
{
    struct pollfd sources[] = {
        {.fd = it->wake, .events = POLLIN},
        {.fd = it->mounts, .events = POLLPRI},
        {.fd = it->profile, .events = POLLIN},
    };
    eventfd_t asked;

    if (poll(sources, sizeof sources / sizeof *sources, timeout_ms) <= 0)
        return;
    if (sources[0].revents)
        eventfd_read(it->wake, &asked);
    if (sources[2].revents)
        watch_profile(it);
}

static void open_mounts(nd_cifs_watch *it)
{
    if (it->mounts < 0)
        it->mounts = open("/proc/thread-self/mountinfo", O_RDONLY | O_CLOEXEC);
}

static void *run(void *data)
{
    nd_cifs_watch *it = data;

    it->mounts = -1;
    it->profile = -1;
    watch_profile(it);
    while (!atomic_load(&it->ending)) {
        /* First, so that nothing that comes after the look is missed. */
        open_mounts(it);
        if (atomic_exchange(&it->again, false))
            nd_picture_again(it->picture);
        await(it, look(it) ? -1 : RETRY_MS);
    }
    if (it->profile >= 0)
        close(it->profile);
    if (it->mounts >= 0)
        close(it->mounts);
    return NULL;
}

/* ---- Its owner ------------------------------------------------------------------------------ */

static void free_watch(nd_cifs_watch *it)
{
    nd_picture_free(it->picture);
    if (it->wake >= 0)
        close(it->wake);
    free(it);
}

/* An errno. The slots' thread blocks all signals, and so does ours. */
static int begin(nd_cifs_watch *it, const nd_host *host)
{
    it->host = host;
    it->picture = nd_picture_new(host, ND_SORT_SHARE);
    it->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!it->picture)
        return ENOMEM;
    if (it->wake < 0)
        return errno;
    return pthread_create(&it->thread, NULL, run, it);
}

nd_cifs_watch *nd_cifs_watch_begin(const nd_host *host)
{
    nd_cifs_watch *it = calloc(1, sizeof *it);
    int error = it ? begin(it, host) : ENOMEM;

    if (!error)
        return it;
    nd_emit(host, &(nd_event){
                      .type = NETDISC_EVENT_LOST,
                      .kinds = NETDISC_SHARE,
                      .status = error == EMFILE || error == ENFILE ? NETDISC_ERROR_TOO_MANY_OPEN_FILES
                                                                   : NETDISC_ERROR_NOT_ENOUGH_MEMORY,
                      .reason = strerrordesc_np(error),
                  });
    if (it)
        free_watch(it);
    return NULL;
}

static void wake(nd_cifs_watch *it)
{
    eventfd_write(it->wake, 1);
}

void nd_cifs_watch_again(nd_cifs_watch *it)
{
    atomic_store(&it->again, true);
    wake(it);
}

void nd_cifs_watch_end(nd_cifs_watch *it)
{
    if (!it)
        return;
    atomic_store(&it->ending, true);
    wake(it);
    pthread_join(it->thread, NULL);
    free_watch(it);
}
