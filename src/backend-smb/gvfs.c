/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "gvfs.h"

/* ---- Listing -------------------------------------------------------------------------------- */

static void tell_unnameable(nd_gvfs_talk *talk, const nd_gvfs_mount *mount)
{
    nd_trouble why = {0};
    char *title = nd_gvfs_text(mount->title);

    nd_trouble_say(&why, NETDISC_ERROR_BAD_NET_NAME, "a mount of GVfs has no name as a share: \"%s\"",
                   title);
    nd_trouble_lacks(talk->call, NETDISC_ERROR_BAD_NET_NAME, &why);
    g_free(title);
}

static netdisc_status list(nd_gvfs_talk *talk)
{
    GPtrArray *mounts = nd_gvfs_mounts(talk);

    if (!mounts)
        return talk->why.status;
    for (guint i = 0; i < mounts->len; i++) {
        const nd_gvfs_mount *mount = mounts->pdata[i];
        nd_item item = nd_gvfs_item(mount);

        if (mount->name.form == ND_FORM_REMOTE)
            nd_add(talk->call, &item);
        else
            tell_unnameable(talk, mount);
    }
    g_ptr_array_unref(mounts);
    return NETDISC_NO_ERROR;
}

static netdisc_status find(nd_gvfs_talk *talk)
{
    const nd_host *host = talk->gvfs->host;
    GPtrArray *mounts = nd_gvfs_mounts(talk);

    if (!mounts)
        return talk->why.status;
    for (guint i = 0; i < mounts->len; i++) {
        const nd_gvfs_mount *mount = mounts->pdata[i];
        nd_item item = nd_gvfs_item(mount);

        if (host->fn->same_remote(&talk->call->request->target, &mount->name))
            nd_add(talk->call, &item);
    }
    g_ptr_array_unref(mounts);
    return NETDISC_NO_ERROR;
}

static netdisc_status holders(nd_gvfs_talk *talk)
{
    GPtrArray *mounts = nd_gvfs_mounts(talk);
    nd_holders seen = {0};

    if (!mounts)
        return talk->why.status;
    for (size_t i = 0; i < talk->call->item_count; i++) {
        const nd_gvfs_mount *mount = nd_gvfs_mount_of(mounts, talk->call->items[i]->key);

        if (mount)
            nd_gvfs_holders(talk, mount, &seen);
    }
    nd_gvfs_holders_tell(talk, &seen);
    g_ptr_array_unref(mounts);
    return NETDISC_NO_ERROR;
}

static netdisc_status nothing(nd_gvfs_talk *talk)
{
    (void)talk;
    return NETDISC_NO_ERROR;
}

/* ---- Slots ---------------------------------------------------------------------------------- */

/* A failure may leave its status to the core, which knows the native code. */
static void answer(nd_gvfs *gvfs, nd_call *call, netdisc_status (*work)(nd_gvfs_talk *talk))
{
    nd_gvfs_talk talk;
    netdisc_status status = nd_gvfs_talk_begin(&talk, gvfs, call);

    if (!status)
        status = work(&talk);
    if (!status && talk.why.native_domain)
        status = NETDISC_ERROR_GEN_FAILURE;
    nd_trouble_finish(call, status, &talk.why);
    nd_gvfs_talk_end(&talk);
}

static void slot_probe(void *state, nd_call *call)
{
    answer(state, call, nothing);
}

static void slot_list(void *state, nd_call *call)
{
    answer(state, call, list);
}

/* Nothing of GVfs has a local name, not even by its place in the FUSE mount, which is only a path. */
static void slot_find(void *state, nd_call *call)
{
    nd_form form = call->request->target.form;

    if (form == ND_FORM_REMOTE || form == ND_FORM_SERVER)
        answer(state, call, find);
    else
        nd_finish(call, NETDISC_NO_ERROR, NULL);
}

static void slot_cancel(void *state, nd_call *call)
{
    answer(state, call, nd_gvfs_cancel);
}

static void slot_add(void *state, nd_call *call)
{
    if (call->request->target.form == ND_FORM_NONE)
        answer(state, call, nd_gvfs_add);
    else
        nd_finish(
            call, NETDISC_ERROR_NOT_SUPPORTED,
            &(nd_failure){.message = "GVfs has no local names: its mounts are reached by remote name"});
}

static void slot_holders(void *state, nd_call *call)
{
    answer(state, call, holders);
}

static void abandon(void *state, nd_call *call)
{
    nd_gvfs_talk_abandon(state, call);
}

static void watch(void *state, uint32_t kinds)
{
    nd_gvfs_watch_want(state, kinds & NETDISC_SHARE);
}

/* ---- The provider --------------------------------------------------------------------------- */

static netdisc_status open_provider(const nd_host *host, void **state, nd_failure *why)
{
    nd_gvfs *gvfs = calloc(1, sizeof *gvfs);

    (void)why;
    if (!gvfs)
        return NETDISC_ERROR_NOT_ENOUGH_MEMORY;
    gvfs->host = host;
    pthread_mutex_init(&gvfs->lock, NULL);
    *state = gvfs;
    return NETDISC_NO_ERROR;
}

/* The last reference closes the connection, in GLib's thread: to close it here would wait for the
 * bus. */
static void close_provider(void *state)
{
    nd_gvfs *gvfs = state;

    nd_gvfs_watch_want(gvfs, false);
    g_clear_object(&gvfs->connection);
    pthread_mutex_destroy(&gvfs->lock);
    free(gvfs);
}

const nd_provider nd_gvfs_provider = {
    .name = "gvfs",
    .blocking = true,
    .open = open_provider,
    .close = close_provider,
    .slots =
        {
            [ND_PROBE] = slot_probe,
            [ND_SHARE_LIST] = slot_list,
            [ND_SHARE_FIND] = slot_find,
            [ND_SHARE_CANCEL] = slot_cancel,
            [ND_SHARE_ADD] = slot_add,
            [ND_SHARE_HOLDERS] = slot_holders,
        },
    .abandon = abandon,
    .watch = watch,
};
