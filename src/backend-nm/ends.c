/* SPDX-License-Identifier: MIT */
/* Disconnecting: NetworkManager answers as soon as it has begun, so what counts are its signals. */
#include <string.h>

#include "objects.h"

#define CONNECTION_NOT_ACTIVE NM_DBUS_INTERFACE ".ConnectionNotActive"
#define DEVICE_NOT_ACTIVE     NM_DBUS_INTERFACE_DEVICE ".NotActive"

/* One of the things to be ended: an active connection, or a device. */
typedef struct ending {
    char *path;
    bool going; /* NetworkManager has begun */
    bool over;
} ending;

typedef struct endings {
    GPtrArray *all;
    bool accepted; /* one at least was there to be ended */
} endings;

static void free_ending(void *data)
{
    ending *self = data;

    g_free(self->path);
    g_free(self);
}

static void free_endings(void *data)
{
    endings *self = data;

    g_ptr_array_unref(self->all);
    g_free(self);
}

/* ---- Seeing the end ------------------------------------------------------------------------- */

static bool says_over(const nd_nm_signal *it)
{
    switch (it->kind) {
    case ND_NM_ACTIVE_STATE:
        return it->state == NM_ACTIVE_CONNECTION_STATE_DEACTIVATED;
    case ND_NM_DEVICE_STATE:
        return nd_nm_device_state(it->state) == NETDISC_STATE_DISCONNECTED;
    default:
        return it->kind == ND_NM_OBJECT_REMOVED;
    }
}

static void answer_if_over(nd_nm_task *task)
{
    const endings *self = task->data;

    if (task->pending > 0)
        return;
    for (guint i = 0; i < self->all->len; i++)
        if (!((const ending *)self->all->pdata[i])->over)
            return;
    nd_nm_answer(task);
}

static void ask_again(nd_nm_task *task, ending *one);

/* NetworkManager forgets that it was to end a VPN whose plugin starts or reconnects meanwhile. */
static void note_active(nd_nm_task *task, ending *one, uint32_t state)
{
    if (state == NM_ACTIVE_CONNECTION_STATE_DEACTIVATED) {
        if (!(task->call->flags & NETDISC_NO_WAIT))
            g_hash_table_add(task->nm->seen_to_end, g_strdup(one->path));
    } else if (state == NM_ACTIVE_CONNECTION_STATE_DEACTIVATING) {
        one->going = true;
    } else if (one->going) {
        one->going = false;
        ask_again(task, one);
    }
}

static void notice(nd_nm_task *task, const nd_nm_signal *it)
{
    const endings *self = task->data;

    for (guint i = 0; i < self->all->len; i++) {
        ending *one = self->all->pdata[i];

        if (strcmp(one->path, it->path) != 0)
            continue;
        one->over = one->over || says_over(it);
        if (it->kind == ND_NM_ACTIVE_STATE)
            note_active(task, one, it->state);
    }
    answer_if_over(task);
}

/* ---- Asking for it -------------------------------------------------------------------------- */

static void accepted(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    endings *self = task->data;

    (void)asked;
    (void)reply;
    self->accepted = true;
    nd_nm_accepted(task);
}

/* It has ended by itself since it was found. */
static bool is_over_already(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    ending *one = asked->data;

    one->over = nd_nm_is_error(error, CONNECTION_NOT_ACTIVE) ||
                nd_nm_is_error(error, DEVICE_NOT_ACTIVE) || nd_nm_vanished(task, asked, error);
    return one->over;
}

static void wait_for_end(nd_nm_task *task)
{
    const endings *self = task->data;

    if (!self->accepted)
        nd_nm_refuse(task, NETDISC_ERROR_NOT_CONNECTED, "it has ended by itself meanwhile");
    else if (task->call->flags & NETDISC_NO_WAIT)
        nd_nm_answer(task);
    else
        answer_if_over(task);
}

/* `path` is what is seen to end. */
static ending *add_ending(nd_nm_task *task, const char *path)
{
    endings *self = task->data;
    ending *one = g_new0(ending, 1);

    one->path = g_strdup(path);
    g_ptr_array_add(self->all, one);
    return one;
}

static void ask_for_end(nd_nm_task *task, ending *one, nd_nm_question question)
{
    question.reply_type = "()";
    question.on_reply = accepted;
    question.forgive = is_over_already;
    question.data = one;
    nd_nm_ask(task, &question);
}

static void ask_to_deactivate(nd_nm_task *task, ending *one)
{
    ask_for_end(task, one,
                (nd_nm_question){
                    .path = NM_DBUS_PATH,
                    .interface = NM_DBUS_INTERFACE,
                    .method = "DeactivateConnection",
                    .arguments = g_variant_new("(o)", one->path),
                });
}

static void ask_again(nd_nm_task *task, ending *one)
{
    ask_to_deactivate(task, one);
    nd_nm_then(task, wait_for_end);
}

static void deactivate(nd_nm_task *task, const char *active)
{
    ask_to_deactivate(task, add_ending(task, active));
}

static void disconnect_device(nd_nm_task *task, const char *device)
{
    ask_for_end(task, add_ending(task, device),
                (nd_nm_question){
                    .path = device,
                    .interface = NM_DBUS_INTERFACE_DEVICE,
                    .method = "Disconnect",
                });
}

/* Ends every item by `end`, which is given the paths of its key. */
static void end_items(nd_nm_task *task, void (*end)(nd_nm_task *task, const nd_nm_key_parts *key))
{
    endings *self = g_new0(endings, 1);

    self->all = g_ptr_array_new_with_free_func(free_ending);
    nd_nm_task_take(task, self, free_endings);
    task->notice = notice;
    for (size_t i = 0; i < task->call->item_count; i++) {
        nd_nm_key_parts key = nd_nm_split_key(task->call->items[i]->key);

        end(task, &key);
        nd_nm_key_clear(&key);
    }
    nd_nm_then(task, wait_for_end);
}

/* ---- Connections ---------------------------------------------------------------------------- */

static bool is_refused(nd_nm_task *task, const netdisc_connection *connection)
{
    if (strcmp(connection->type, NM_SETTING_LOOPBACK_SETTING_NAME) == 0) {
        nd_nm_refuse(task, NETDISC_ERROR_ACCESS_DENIED,
                     "\"%s\" is the loopback interface, which is never disconnected", connection->name);
        return true;
    }
    if (connection->external == NETDISC_YES && !(task->call->flags & NETDISC_EXTERNAL)) {
        nd_nm_refuse(
            task, NETDISC_ERROR_ACCESS_DENIED,
            "\"%s\" on %s was not made by NetworkManager (NETDISC_EXTERNAL takes it all the same)",
            connection->name, connection->device ? connection->device : "no device");
        return true;
    }
    return false;
}

static void end_connection(nd_nm_task *task, const nd_nm_key_parts *key)
{
    deactivate(task, key->active);
}

void nd_nm_disconnect_connections(nd_nm_task *task)
{
    for (size_t i = 0; i < task->call->item_count; i++)
        if (is_refused(task, &task->call->items[i]->as.connection))
            return;
    end_items(task, end_connection);
}

/* ---- Wi-Fi ---------------------------------------------------------------------------------- */

/* Disconnect keeps the device down; to deactivate keeps only this profile from coming back by itself. */
static void end_wlan(nd_nm_task *task, const nd_nm_key_parts *key)
{
    if (task->call->flags & NETDISC_ALLOW_RECONNECT && strcmp(key->active, ND_NM_NO_PATH) != 0)
        deactivate(task, key->active);
    else
        disconnect_device(task, key->object);
}

void nd_nm_disconnect_wlans(nd_nm_task *task)
{
    end_items(task, end_wlan);
}
