/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <stdlib.h>
#include <string.h>

#include "launch.h"

/* What dead workers have left must not cost the living their time. */
enum { CLEANING_MS = 3000, SETTLING_MS = 1000 };

/* ---- Looking -------------------------------------------------------------------------------- */

static int time_for_cleaning(nd_call *call)
{
    int left = nd_remaining_ms(call);

    return left < 0 || left / 2 > CLEANING_MS ? CLEANING_MS : left / 2;
}

netdisc_status nd_session_read(nd_session *session, nd_call *call, int wake, nd_mappings *out,
                               nd_trouble *why)
{
    nd_trouble left;
    netdisc_status status = nd_mappings_read(session->host, out, why);

    if (out->any_dead && !nd_launch_possible(&left) &&
        nd_launch_cleaner(NULL, NULL, time_for_cleaning(call), wake, &left))
        nd_host_log(session->host, NETDISC_LOG_WARNING, left.message);
    return status;
}

/* Whether the call fails if it cannot be told what is remembered: it is resolved, forgotten or
 * replaced. */
static bool needs_what_is_remembered(const nd_call *call)
{
    switch (call->purpose) {
    case ND_SHARE_HOLDERS:
        return false;
    case ND_SHARE_ADD:
    case ND_SHARE_CANCEL:
        return (call->flags & NETDISC_UPDATE_PROFILE) != 0;
    default:
        return true;
    }
}

static bool is_local(const nd_name *target)
{
    return target->form == ND_FORM_LETTER || target->form == ND_FORM_MOUNT;
}

static void add_item(void *call, const nd_item *item)
{
    nd_add(call, item);
}

static netdisc_status list(nd_session *session, nd_call *call, int wake, nd_trouble *why)
{
    nd_trouble lack;
    nd_mappings live;
    nd_profile *profile = NULL;
    netdisc_status status = nd_session_read(session, call, wake, &live, &lack);

    (void)why;
    if (status)
        nd_trouble_lacks(call, status, &lack);
    status = nd_profile_read(session->host, &profile, &lack);
    if (status)
        nd_trouble_lacks(call, status, &lack);
    nd_session_show(session->host, &live, profile, NULL, add_item, call);
    nd_profile_free(profile);
    nd_mappings_free(session->host, &live);
    return NETDISC_NO_ERROR;
}

/* A name that is to be given away may be one that is just being given up. */
static void let_settle(nd_session *session, nd_call *call, int wake)
{
    const nd_name *target = &call->request->target;
    char name[ND_MAPPING_NAME];
    nd_trouble unsettled;

    if (call->purpose != ND_SHARE_ADD || !is_local(target))
        return;
    nd_mapping_name(name, target->text, NULL);
    nd_session_await(session, call, wake, name, SETTLING_MS, &unsettled);
}

static netdisc_status find(nd_session *session, nd_call *call, int wake, nd_trouble *why)
{
    const nd_name *target = &call->request->target;
    nd_mappings live;
    nd_trouble unread;
    nd_profile *profile = NULL;
    netdisc_status profile_status = NETDISC_NO_ERROR;

    let_settle(session, call, wake);

    netdisc_status status = nd_session_read(session, call, wake, &live, why);

    /* It may be on a disk that does not answer, so it is not read for what can do without. */
    if (is_local(target) && needs_what_is_remembered(call))
        profile_status = nd_profile_read(session->host, &profile, &unread);

    /* What is found live is not to be hidden by a damaged profile, or another damaged mapping. */
    if (nd_session_show(session->host, &live, profile, target, add_item, call) > 0) {
        status = NETDISC_NO_ERROR;
    } else if (!status && profile_status) {
        status = profile_status;
        *why = unread;
    }
    nd_profile_free(profile);
    nd_mappings_free(session->host, &live);
    return status;
}

static netdisc_status probe(nd_session *session, nd_call *call, int wake, nd_trouble *why)
{
    (void)session;
    return nd_launch_try(nd_remaining_ms(call), wake, why);
}

/* ---- The contract's side -------------------------------------------------------------------- */

static const nd_session_work works[ND_SLOTS] = {
    [ND_PROBE] = probe,
    [ND_SHARE_LIST] = list,
    [ND_SHARE_FIND] = find,
    [ND_SHARE_ADD] = nd_session_add,
    [ND_SHARE_CANCEL] = nd_session_cancel,
    [ND_SHARE_HOLDERS] = nd_session_holders,
};

static void work(void *state, nd_call *call)
{
    nd_session *session = state;
    nd_trouble why = {0};
    int wake = nd_patience_begin(session->patience, call);
    netdisc_status status = wake < 0 ? nd_trouble_say(&why, NETDISC_ERROR_TOO_MANY_OPEN_FILES,
                                                      "too many open files to wait for a worker")
                                     : works[call->slot](session, call, wake, &why);

    nd_patience_end(session->patience, call);
    nd_trouble_finish(call, status, &why);
}

static netdisc_status open_session(const nd_host *host, void **state, nd_failure *why)
{
    nd_session *session = calloc(1, sizeof *session);

    (void)why;
    if (!session)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    session->host = host;
    session->patience = nd_patience_new();
    session->watch = nd_session_watch_new(session);
    if (!session->patience || !session->watch) {
        nd_session_watch_free(session->watch);
        nd_patience_free(session->patience);
        free(session);
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    }
    *state = session;
    return NETDISC_NO_ERROR;
}

static void close_session(void *state)
{
    nd_session *session = state;

    nd_session_watch_free(session->watch);
    nd_patience_free(session->patience);
    free(session);
}

static void abandon(void *state, nd_call *call)
{
    nd_session *session = state;

    nd_patience_abandon(session->patience, call);
}

static void watch(void *state, uint32_t kinds)
{
    nd_session *session = state;

    nd_session_watch_set(session->watch, kinds);
}

const nd_provider nd_session_provider = {
    .name = "session",
    .blocking = true,
    .open = open_session,
    .close = close_session,
    .abandon = abandon,
    .watch = watch,
    .slots =
        {
            [ND_PROBE] = work,
            [ND_SHARE_LIST] = work,
            [ND_SHARE_FIND] = work,
            [ND_SHARE_ADD] = work,
            [ND_SHARE_CANCEL] = work,
            [ND_SHARE_HOLDERS] = work,
        },
};
