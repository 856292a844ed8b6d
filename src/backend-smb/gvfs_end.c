/* SPDX-License-Identifier: MIT */
/* Unmounting. GVfs itself refuses only where something is being read or written at that moment. */
#include "gvfs.h"

enum { LOOK_AGAIN_MS = 50, LOOKS = 20 };

typedef struct ending {
    const nd_gvfs_mount *mount;
    nd_gvfs_desk desk;
    nd_gvfs_answer answer;
} ending;

/* If one of them may not be ended, none is. */
static netdisc_status check_unused(nd_gvfs_talk *talk, const GPtrArray *mounts, bool *all_seen)
{
    const nd_gvfs_mount *held = NULL;
    nd_holders seen = {0};
    netdisc_status status;

    for (guint i = 0; i < mounts->len; i++) {
        nd_gvfs_holders(talk, mounts->pdata[i], &seen);
        if (!held && (seen.files || seen.others))
            held = mounts->pdata[i];
    }
    *all_seen = !seen.unseen;
    status = nd_holders_status(&seen, NETDISC_NO_ERROR);
    if (!status)
        return status;
    nd_gvfs_holders_tell(talk, &seen);
    return nd_trouble_say(&talk->why, status,
                          seen.files ? "files are open on %s"
                                     : "%s is the working directory of a program",
                          held->name.text);
}

/* ---- Having it done ------------------------------------------------------------------------- */

static netdisc_status begin(nd_gvfs_talk *talk, ending *one)
{
    bool force = talk->call->flags & NETDISC_FORCE;
    netdisc_status status = nd_gvfs_desk_open(&one->desk, talk, NULL);

    if (status)
        return status;
    nd_gvfs_ask_later(
        talk,
        &(nd_gvfs_question){
            .to = one->mount->sender,
            .path = one->mount->object,
            .interface = ND_GVFS_MOUNT,
            .method = "Unmount",
            .arguments = g_variant_new("(s@ou)", g_dbus_connection_get_unique_name(talk->connection),
                                       g_variant_new_object_path(one->desk.path),
                                       force ? G_MOUNT_UNMOUNT_FORCE : G_MOUNT_UNMOUNT_NONE),
            .reply_type = "()",
        },
        &one->answer);
    return NETDISC_NO_ERROR;
}

/* Its object or process is not there any more; whether it is gone is for the list to say. */
static bool has_gone(const GError *error)
{
    static const GDBusError codes[] = {G_DBUS_ERROR_NO_REPLY, G_DBUS_ERROR_UNKNOWN_METHOD,
                                       G_DBUS_ERROR_UNKNOWN_OBJECT, G_DBUS_ERROR_UNKNOWN_INTERFACE};

    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (g_error_matches(error, G_DBUS_ERROR, (int)codes[i]))
            return true;
    return nd_gvfs_is_gone(error);
}

/* GVfs says "not mounted", too, of what somebody else is having unmounted. */
static netdisc_status judge(nd_gvfs_talk *talk, const ending *one, bool *under_way)
{
    const GError *error = one->answer.error;

    if (!error || has_gone(error))
        return NETDISC_NO_ERROR;
    if (nd_gvfs_said(error, G_IO_ERROR_NOT_MOUNTED)) {
        *under_way = true;
        return NETDISC_NO_ERROR;
    }
    if (one->desk.pids->len || nd_gvfs_said(error, G_IO_ERROR_BUSY)) {
        for (guint i = 0; i < one->desk.pids->len; i++)
            nd_gvfs_holder_said(talk, g_array_index(one->desk.pids, gint32, i));
        nd_gvfs_fail(talk, error, "files are being read or written");
        talk->why.status = NETDISC_ERROR_OPEN_FILES;
        return NETDISC_ERROR_OPEN_FILES;
    }
    nd_gvfs_fail(talk, error, "GVfs did not unmount it");
    if (one->desk.question)
        nd_trouble_say(&talk->why, NETDISC_ERROR_CANCELLED,
                       "GVfs asked, and nobody is there to answer: %s", one->desk.question);
    return talk->why.status ? talk->why.status : NETDISC_ERROR_GEN_FAILURE;
}

static netdisc_status end_all(nd_gvfs_talk *talk, ending *endings, guint count, bool *under_way)
{
    netdisc_status status = NETDISC_NO_ERROR;
    guint begun = 0;

    while (begun < count && !status)
        status = begin(talk, &endings[begun++]);
    for (guint i = 0; i < count; i++) {
        ending *one = &endings[i];

        if (one->desk.registration) {
            nd_gvfs_await(talk, &one->answer);
            status = status ? status : judge(talk, one, under_way);
        }
        nd_gvfs_answer_clear(&one->answer);
        if (one->desk.pids)
            nd_gvfs_desk_close(&one->desk);
    }
    return status;
}

/* ---- Seeing the end ------------------------------------------------------------------------- */

/* False: it could not be told. */
static bool any_left(nd_gvfs_talk *talk, const GPtrArray *ended, bool *left)
{
    GPtrArray *mounts = nd_gvfs_mounts(talk);

    *left = false;
    if (!mounts)
        return false;
    for (guint i = 0; i < ended->len; i++)
        if (nd_gvfs_mount_of(mounts, ((const nd_gvfs_mount *)ended->pdata[i])->key))
            *left = true;
    g_ptr_array_unref(mounts);
    return true;
}

/* As long as the caller waits, if it is under way. Otherwise it should have been seen already; that it
 * is still there is then the core's to say. */
static netdisc_status await_end(nd_gvfs_talk *talk, const GPtrArray *ended, bool under_way)
{
    bool left = true;

    for (int looks = 0; left && (under_way || looks < LOOKS); looks++) {
        if (!any_left(talk, ended, &left))
            return talk->why.status ? talk->why.status : NETDISC_ERROR_GEN_FAILURE;
        if (left && !nd_gvfs_pause(talk, LOOK_AGAIN_MS))
            return nd_trouble_say(&talk->why, NETDISC_ERROR_CANCELLED,
                                  "given up while it was unmounted");
    }
    return NETDISC_NO_ERROR;
}

static netdisc_status unmount(nd_gvfs_talk *talk, const GPtrArray *mounts)
{
    ending *endings = g_new0(ending, mounts->len);
    bool under_way = false;
    netdisc_status status;

    for (guint i = 0; i < mounts->len; i++)
        endings[i].mount = mounts->pdata[i];
    nd_note(talk->call, "GVfs was asked to unmount it, and waits for the server");
    status = end_all(talk, endings, mounts->len, &under_way);
    g_free(endings);
    return status ? status : await_end(talk, mounts, under_way);
}

netdisc_status nd_gvfs_cancel(nd_gvfs_talk *talk)
{
    netdisc_status status = NETDISC_NO_ERROR;
    GPtrArray *mounts = nd_gvfs_mounts(talk);
    bool all_seen = true;
    GPtrArray *ours;

    if (!mounts)
        return talk->why.status ? talk->why.status : NETDISC_ERROR_GEN_FAILURE;
    ours = g_ptr_array_new();
    for (size_t i = 0; i < talk->call->item_count; i++) {
        const nd_gvfs_mount *mount = nd_gvfs_mount_of(mounts, talk->call->items[i]->key);

        if (mount)
            g_ptr_array_add(ours, (void *)mount);
    }
    if (!ours->len)
        status = nd_trouble_say(&talk->why, NETDISC_ERROR_NOT_CONNECTED,
                                "it has been unmounted by somebody else meanwhile");
    else if (!(talk->call->flags & NETDISC_FORCE))
        status = check_unused(talk, ours, &all_seen);
    if (!status)
        status = unmount(talk, ours);
    if (!status)
        nd_note(talk->call,
                all_seen ? NULL : "whether files were open on it could not be told for all programs");
    g_ptr_array_unref(ours);
    g_ptr_array_unref(mounts);
    return status;
}
