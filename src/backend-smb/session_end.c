/* SPDX-License-Identifier: MIT */
/*
 * Ending mappings: each worker is told, all at once, and then their answers are awaited. A worker that
 * does not answer is killed, unless somebody may have something open and force was not asked for.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "holders.h"
#include "launch.h"
#include "session.h"

#define WORKER_MOUNT "fuse.netdisc-smb"

enum {
    ANSWER_MS = 5000, /* the worker's time to answer: it needs 3 s if its server is frozen */
    LEAST_MS = 1000,  /* no worker is killed sooner, however short the caller's time */
    DEATH_MS = 5000,
    TRIES = 5
};

typedef struct ending {
    nd_session *session;
    nd_call *call;
    int wake;
    nd_trouble *why;
    nd_mappings live;
    nd_mounts *mounts;
    nd_holders seen;
    int64_t until; /* the workers' time to answer */
} ending;

static ending new_ending(nd_session *session, nd_call *call, int wake, nd_trouble *why)
{
    return (ending){
        .session = session, .call = call, .wake = wake, .why = why, .live = {.dir = {.fd = -1}}};
}

static bool forces(const ending *end)
{
    return (end->call->flags & NETDISC_FORCE) != 0;
}

/* ---- Who is in the way ---------------------------------------------------------------------- */

/* What the worker has mounted, though another mount may be over it; NULL: nothing. */
static const nd_mount *mount_of(const nd_mounts *mounts, const nd_mapping *mapping)
{
    const char *path = nd_mapping_text(mapping, ND_FIELD_PATH);

    for (size_t i = nd_mounts_count(mounts); path && i > 0; i--) {
        const nd_mount *mount = nd_mounts_get(mounts, i - 1);

        if (strcmp(mount->point, path) == 0 && strcmp(mount->type, WORKER_MOUNT) == 0)
            return mount;
    }
    return NULL;
}

/* `*mount` NULL: it has none. */
static netdisc_status find_mount(ending *end, const nd_mapping *mapping, const nd_mount **mount)
{
    netdisc_status status =
        end->mounts ? NETDISC_NO_ERROR : nd_mounts_read(&end->mounts, NULL, end->why);

    *mount = status ? NULL : mount_of(end->mounts, mapping);
    return status;
}

static netdisc_status find_holders(ending *end, const nd_mapping *mapping)
{
    const nd_mount *mount;
    netdisc_status status = find_mount(end, mapping, &mount);

    return mount ? nd_holders_find(end->call, end->mounts, mount, mapping->worker, &end->seen, end->why)
                 : status;
}

/* The refusal of a mapping whose holders have been looked for. One that is busy with nobody to be seen
 * has somebody in the middle of opening a file. */
static netdisc_status refuse(ending *end, const nd_mapping *mapping)
{
    netdisc_status status = nd_holders_status(&end->seen, NETDISC_ERROR_OPEN_FILES);

    nd_holders_tell_unseen(end->call, &end->seen);
    return nd_trouble_say(end->why, status, "\"%s\" is in use: %s", nd_mapping_title(mapping),
                          status == NETDISC_ERROR_OPEN_FILES
                              ? "files are open on it"
                              : "a process has its directory there, or another mount is below it");
}

/* ---- A worker that does not answer ---------------------------------------------------------- */

/* A process that ended is not there, or another has its number; the lock tells. */
static bool holds_it(const ending *end, const nd_mapping *mapping)
{
    return nd_mapping_worker(&end->live.dir, mapping->name) == mapping->worker;
}

/* The end of its sockets is the end of the process: for kernels that have no descriptors of
 * processes. */
static int kill_by_number(const ending *end, const nd_mapping *mapping)
{
    int fd = -1;
    int code = nd_mapping_call(&end->live.dir, mapping->name, &fd);

    if (!code && holds_it(end, mapping) && kill(mapping->worker, SIGKILL))
        code = errno;
    if (!code && poll(&(struct pollfd){.fd = fd}, 1, DEATH_MS) == 0)
        code = ETIMEDOUT;
    if (fd >= 0)
        close(fd);
    return code;
}

static int kill_by_descriptor(const ending *end, const nd_mapping *mapping, int process)
{
    if (holds_it(end, mapping) && pidfd_send_signal(process, SIGKILL, NULL, 0))
        return errno;
    return poll(&(struct pollfd){.fd = process, .events = POLLIN}, 1, DEATH_MS) == 0 ? ETIMEDOUT : 0;
}

static bool is_mounted(const nd_mapping *mapping)
{
    nd_mounts *mounts = NULL;
    nd_trouble why;
    bool is = !nd_mounts_read(&mounts, NULL, &why) && mount_of(mounts, mapping);

    nd_mounts_free(mounts);
    return is;
}

static netdisc_status clean_up_after(ending *end, const nd_mapping *mapping)
{
    nd_trouble left = {0};
    netdisc_status status = nd_launch_cleaner(mapping->name, NULL, DEATH_MS, -1, &left);

    if (!is_mounted(mapping))
        return NETDISC_NO_ERROR;
    return nd_trouble_say(end->why, NETDISC_ERROR_BUSY,
                          "the worker of \"%s\" was ended, but its mount is still there%s%s",
                          nd_mapping_title(mapping), status ? ": " : "", status ? left.message : "");
}

/* The process that holds the mapping's lock, and no other, is killed and seen to end. */
static netdisc_status kill_worker(ending *end, const nd_mapping *mapping)
{
    int process = pidfd_open(mapping->worker, 0);
    int code = process >= 0      ? kill_by_descriptor(end, mapping, process)
               : errno == ENOSYS ? kill_by_number(end, mapping)
                                 : errno;

    if (process >= 0)
        close(process);
    if (code && code != ESRCH && code != ECONNREFUSED && code != ENOENT)
        return nd_trouble_errno(end->why, 0, code, "the worker does not answer, and cannot be ended");
    return clean_up_after(end, mapping);
}

/* Whether nobody uses it is for the kernel to say, by unmounting it: not everybody can be seen. */
static netdisc_status unmount_idle(ending *end, const nd_mapping *mapping)
{
    nd_trouble said = {0};

    if (!nd_mapping_text(mapping, ND_FIELD_PATH))
        return NETDISC_NO_ERROR;

    netdisc_status status = nd_launch_cleaner(mapping->name, nd_mapping_text(mapping, ND_FIELD_ID),
                                              DEATH_MS, end->wake, &said);

    *end->why = said;
    if (status != NETDISC_ERROR_BUSY)
        return status;
    status = find_holders(end, mapping);
    return status ? status : refuse(end, mapping);
}

static netdisc_status end_silent(ending *end, const nd_mapping *mapping)
{
    netdisc_status status = NETDISC_NO_ERROR;

    if (nd_abandoned(end->call))
        return nd_trouble_say(end->why, NETDISC_ERROR_TIMEOUT, "the worker did not answer in time");
    if (!forces(end) && holds_it(end, mapping))
        status = unmount_idle(end, mapping);
    return status ? status : kill_worker(end, mapping);
}

/* ---- Telling them, and their answers -------------------------------------------------------- */

/* -1: it cannot be told. */
static int tell(ending *end, const nd_mapping *mapping)
{
    nd_message order;
    int fd = -1;

    if (nd_mapping_call(&end->live.dir, mapping->name, &fd))
        return -1;
    nd_message_init(&order, ND_MESSAGE_CANCEL);
    nd_message_put(&order, ND_FIELD_ID, nd_mapping_text(mapping, ND_FIELD_ID));
    nd_message_put_number(&order, ND_FIELD_FORCE, forces(end));
    nd_message_put_number(&order, ND_FIELD_TIMEOUT, nd_left_ms(end->until));

    int code = nd_message_send(fd, &order, nd_left_ms(end->until), end->wake);

    nd_message_clear(&order);
    if (!code)
        return fd;
    close(fd);
    return -1;
}

/* The end of its socket comes first; then it is soon over. */
static void see_process_end(const ending *end, const nd_mapping *mapping)
{
    int process = pidfd_open(mapping->worker, 0);
    struct pollfd on[] = {{.fd = process, .events = POLLIN}, {.fd = end->wake, .events = POLLIN}};

    if (process < 0)
        return;
    poll(on, 2, nd_left_ms(end->until));
    close(process);
}

static netdisc_status see_it_end(ending *end, const nd_mapping *mapping, int fd)
{
    nd_message nothing;

    if (end->call->flags & NETDISC_NO_WAIT)
        return NETDISC_NO_ERROR;

    int code = nd_message_receive(fd, &nothing, nd_left_ms(end->until), end->wake);

    nd_message_clear(&nothing);
    if (code != ECONNRESET)
        return end_silent(end, mapping);
    see_process_end(end, mapping);
    return NETDISC_NO_ERROR;
}

/* `*refused`: the worker says that it is in use, and it goes on. */
static netdisc_status take_answer(ending *end, const nd_mapping *mapping, int fd, bool *refused)
{
    nd_message answer;
    nd_trouble said = {0};
    netdisc_status status =
        nd_launch_answer(fd, ND_MESSAGE_CANCELLED, nd_left_ms(end->until), end->wake, &answer, &said);
    bool answered = answer.type != ND_MESSAGE_NONE;

    nd_message_clear(&answer);
    *refused = status == NETDISC_ERROR_OPEN_FILES || status == NETDISC_ERROR_BUSY;
    if (!status)
        return see_it_end(end, mapping, fd);
    if (!answered)
        return end_silent(end, mapping);
    *end->why = said;
    return status;
}

/* Ends it, by the socket on which its worker has been told; -1: it could not be. What programs have
 * closed may still be on its way to the server: a worker that says it is in use, when nobody is to be
 * seen, is told again. */
static netdisc_status end_one(ending *end, const nd_mapping *mapping, int fd)
{
    for (int tries = 0; fd >= 0 && tries < TRIES; tries++) {
        bool refused;
        netdisc_status status = take_answer(end, mapping, fd, &refused);

        close(fd);
        if (!refused)
            return status;
        status = find_holders(end, mapping);
        if (status)
            return status;
        if (end->seen.files || end->seen.others || tries + 1 == TRIES)
            return refuse(end, mapping);
        fd = tell(end, mapping);
    }
    return end_silent(end, mapping);
}

/* ---- Ending --------------------------------------------------------------------------------- */

static netdisc_status forget(ending *end, const nd_item *item, bool was_live)
{
    nd_trouble said;
    netdisc_status status = nd_profile_forget(end->session->host, item->as.share.local, &said);

    if (!status)
        return NETDISC_NO_ERROR;
    *end->why = said;
    if (was_live)
        nd_trouble_reword(end->why, "\"%s\" was disconnected, but not forgotten: %s",
                          item->as.share.local, said.message);
    return status;
}

static bool is_to_be_forgotten(const ending *end, const nd_item *item)
{
    return end->call->flags & NETDISC_UPDATE_PROFILE && item->as.share.local &&
           end->call->request->target.form != ND_FORM_REMOTE &&
           end->call->request->target.form != ND_FORM_SERVER;
}

/* Force ends what is named, and nothing that is mounted below it. */
static netdisc_status check_below(ending *end, const nd_mapping *mapping)
{
    const nd_mount *mount;
    netdisc_status status = find_mount(end, mapping, &mount);
    const nd_mount *below = mount ? nd_mounts_below(end->mounts, mount) : NULL;

    if (!below)
        return status;
    nd_holders_add_mount(end->call, below);
    return nd_trouble_say(end->why, NETDISC_ERROR_DEVICE_IN_USE,
                          "another mount is below \"%s\", at \"%s\": it is to be ended first",
                          nd_mapping_title(mapping), below->point);
}

/* With several, none is ended if one is in use: whoever would be refused is looked for first. */
static netdisc_status check_all(ending *end, const nd_mapping *const *ends)
{
    for (size_t i = 0; i < end->call->item_count; i++) {
        netdisc_status status = !ends[i]      ? NETDISC_NO_ERROR
                                : forces(end) ? check_below(end, ends[i])
                                              : find_holders(end, ends[i]);

        if (!status && (end->seen.files || end->seen.others))
            status = refuse(end, ends[i]);
        if (status)
            return status;
    }
    return NETDISC_NO_ERROR;
}

/* Each to its end; the first failure counts. */
static netdisc_status end_all(ending *end, const nd_mapping *const *ends, int *sockets)
{
    const nd_call *call = end->call;
    netdisc_status first = NETDISC_NO_ERROR;
    nd_trouble why_first;

    for (size_t i = 0; i < call->item_count; i++)
        sockets[i] = ends[i] ? tell(end, ends[i]) : -1;
    for (size_t i = 0; i < call->item_count; i++) {
        netdisc_status status = ends[i] ? end_one(end, ends[i], sockets[i]) : NETDISC_NO_ERROR;

        if (!status && is_to_be_forgotten(end, call->items[i]))
            status = forget(end, call->items[i], ends[i] != NULL);
        if (status && !first) {
            first = status;
            why_first = *end->why;
        }
    }
    if (first)
        *end->why = why_first;
    return first;
}

static int patience_of(int left)
{
    if (left < 0 || left / 2 > ANSWER_MS)
        return ANSWER_MS;
    return left / 2 > LEAST_MS ? left / 2 : LEAST_MS;
}

static bool was_live(const nd_item *item)
{
    return item->as.share.state != NETDISC_STATE_REMEMBERED;
}

/* Those of the items that still live; true if there is something to do. */
static bool find_ends(const ending *end, const nd_mapping **ends)
{
    bool any = false;

    for (size_t i = 0; i < end->call->item_count; i++) {
        const nd_item *item = end->call->items[i];

        ends[i] = was_live(item) ? nd_mappings_by_id(&end->live, item->key) : NULL;
        any = any || ends[i] || is_to_be_forgotten(end, item);
    }
    return any;
}

netdisc_status nd_session_cancel(nd_session *session, nd_call *call, int wake, nd_trouble *why)
{
    ending end = new_ending(session, call, wake, why);
    const nd_mapping **ends = calloc(call->item_count, sizeof *ends);
    int *sockets = calloc(call->item_count, sizeof *sockets);
    netdisc_status status;

    if (!ends || !sockets)
        status = nd_trouble_say(why, NETDISC_ERROR_NOT_ENOUGH_MEMORY, "no memory to end them");
    else
        status = nd_mappings_read(session->host, &end.live, why);
    /* A mapping that cannot be read is no reason to leave another. */
    if (ends && sockets && find_ends(&end, ends))
        status = NETDISC_NO_ERROR;
    else if (!status)
        status = nd_trouble_say(why, NETDISC_ERROR_NOT_CONNECTED, "it has ended meanwhile");
    if (!status && (call->item_count > 1 || forces(&end)))
        status = check_all(&end, ends);
    end.until = nd_clock_ms() + patience_of(nd_remaining_ms(call));
    if (!status)
        status = end_all(&end, ends, sockets);
    nd_mounts_free(end.mounts);
    nd_mappings_free(session->host, &end.live);
    free(sockets);
    free(ends);
    return status;
}

netdisc_status nd_session_holders(nd_session *session, nd_call *call, int wake, nd_trouble *why)
{
    ending end = new_ending(session, call, wake, why);
    netdisc_status status = nd_mappings_read(session->host, &end.live, why);

    for (size_t i = 0; !status && i < call->item_count; i++) {
        const nd_mapping *mapping = nd_mappings_by_id(&end.live, call->items[i]->key);

        if (mapping)
            status = find_holders(&end, mapping);
    }
    if (!status)
        nd_holders_tell_unseen(call, &end.seen);
    nd_mounts_free(end.mounts);
    nd_mappings_free(session->host, &end.live);
    return status;
}
