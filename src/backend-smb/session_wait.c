/* SPDX-License-Identifier: MIT */
/* Waiting for a mapping that another program connects, or that is being undone. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "session.h"

/* Who connects the mapping of that name; 0: nobody, it is connected or gone. */
static netdisc_status find_connecting(nd_session *session, const char *name, pid_t *worker,
                                      nd_trouble *why)
{
    nd_mappings live;
    netdisc_status status = nd_mappings_read(session->host, &live, why);
    const nd_mapping *mapping = status ? NULL : nd_mappings_by_name(&live, name);
    bool connecting = mapping && nd_mapping_state(mapping) == NETDISC_STATE_CONNECTING;

    *worker = connecting ? mapping->worker : 0;
    nd_mappings_free(session->host, &live);
    return status;
}

/* Descriptor of the changes to the mapping's directory; -1 and an errno. A mapping that is gone by now
 * is seen to be when it is looked for. */
static int watch_mapping(const char *name)
{
    nd_rundir dir;
    int code = nd_rundir_open(&dir, false, NULL);
    char *path = code ? NULL : nd_mapping_path(&dir, name, NULL);
    int changes = path ? inotify_init1(IN_CLOEXEC | IN_NONBLOCK) : -1;

    if (changes >= 0)
        inotify_add_watch(changes, path, IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF);
    else
        code = code ? code : path ? errno : ENOMEM;
    free(path);
    nd_rundir_close(&dir);
    errno = code;
    return changes;
}

/* False: it is over before anything has changed. */
static bool await_change(int changes, pid_t worker, int wake, int timeout_ms)
{
    int end = pidfd_open(worker, 0);
    struct pollfd on[] = {{.fd = changes, .events = POLLIN},
                          {.fd = end, .events = POLLIN},
                          {.fd = wake, .events = POLLIN}};
    char events[4096];
    int ready = poll(on, 3, timeout_ms);
    bool interrupted = ready < 0 && errno == EINTR;

    while (read(changes, events, sizeof events) > 0)
        continue;
    if (end >= 0)
        close(end);
    return interrupted || (ready > 0 && !on[2].revents);
}

static int64_t deadline_of(nd_call *call, int most_ms)
{
    int left = nd_remaining_ms(call);

    if (most_ms >= 0 && (left < 0 || most_ms < left))
        left = most_ms;
    return left < 0 ? -1 : nd_clock_ms() + left;
}

netdisc_status nd_session_await(nd_session *session, nd_call *call, int wake, const char *name,
                                int most_ms, nd_trouble *why)
{
    int64_t until = deadline_of(call, most_ms);
    int changes = watch_mapping(name);
    pid_t worker = 0;

    if (changes < 0)
        return nd_trouble_errno(why, 0, errno, "the mapping cannot be waited for");

    netdisc_status status = find_connecting(session, name, &worker, why);

    while (!status && worker) {
        if (await_change(changes, worker, wake, nd_left_ms(until)))
            status = find_connecting(session, name, &worker, why);
        else
            status = nd_trouble_say(why, NETDISC_ERROR_TIMEOUT,
                                    "another program is connecting it, and has not finished");
    }
    close(changes);
    return status;
}
