/* SPDX-License-Identifier: MIT */
#include "activation.h"

#include <string.h>

#include "reasons.h"

#define UNKNOWN_CONNECTION NM_DBUS_INTERFACE ".UnknownConnection"

void nd_nm_activation_begin(nd_nm_activation *self, const char *name, nd_nm_step up, nd_nm_step down)
{
    self->name = g_strdup(name);
    self->up = up;
    self->down = down;
}

void nd_nm_activation_clear(nd_nm_activation *self)
{
    g_free(self->name);
    g_free(self->path);
    g_free(self->device);
    if (self->active)
        nd_nm_active_free(self->active);
}

/* ---- Seeing it up, or down ------------------------------------------------------------------ */

static void go_on_if_settled(nd_nm_task *task)
{
    nd_nm_activation *self = task->data;

    if (task->pending > 0 || !task->notice)
        return;
    if (self->state != NM_ACTIVE_CONNECTION_STATE_ACTIVATED &&
        self->state != NM_ACTIVE_CONNECTION_STATE_DEACTIVATED)
        return;
    task->notice = NULL;
    if (self->state == NM_ACTIVE_CONNECTION_STATE_ACTIVATED)
        self->up(task);
    else
        self->down(task);
}

static void set_device_reason(nd_nm_activation *self, const nd_nm_signal *it)
{
    self->device_state = it->state;
    self->device_why = nd_nm_device_reason_in(it->old, it->reason);
}

/* The device knows the reason of a failure; what comes after FAILED only repeats it. */
static void note_device(nd_nm_activation *self, const nd_nm_signal *it)
{
    if (it->state > NM_DEVICE_STATE_DISCONNECTED && it->state <= NM_DEVICE_STATE_ACTIVATED)
        return;
    if (self->device_state == NM_DEVICE_STATE_FAILED || it->reason == NM_DEVICE_STATE_REASON_NONE)
        return;
    set_device_reason(self, it);
}

/* The supplicant was refused. Where a desktop's agent is registered, NetworkManager asks that for
 * another key, and waits for as long as the user likes. */
static bool says_wrong_key(const nd_nm_signal *it)
{
    return it->state == NM_DEVICE_STATE_NEED_AUTH &&
           it->reason == NM_DEVICE_STATE_REASON_SUPPLICANT_DISCONNECT;
}

static void device_notice(nd_nm_task *task, const nd_nm_signal *it)
{
    nd_nm_activation *self = task->data;

    note_device(self, it);
    if (!self->key_given || !says_wrong_key(it))
        return;
    set_device_reason(self, it);
    self->state = NM_ACTIVE_CONNECTION_STATE_DEACTIVATED;
    go_on_if_settled(task);
}

static void note_active(nd_nm_activation *self, const nd_nm_signal *it)
{
    self->reason = nd_nm_active_reason_after(self->state, self->reason, it->state, it->reason);
    self->state = it->state;
    self->told = self->vpn && it->state == NM_ACTIVE_CONNECTION_STATE_DEACTIVATED;
}

/* It may fail before it is known which one it is: then it may be the one that fails at this moment. */
static bool is_its_device(nd_nm_activation *self, const nd_nm_signal *it)
{
    if (!self->device && self->path && it->state == NM_DEVICE_STATE_FAILED) {
        self->device = g_strdup(it->path);
        self->device_guessed = true;
    }
    return g_strcmp0(it->path, self->device) == 0;
}

static void notice(nd_nm_task *task, const nd_nm_signal *it)
{
    nd_nm_activation *self = task->data;

    if (it->kind == ND_NM_DEVICE_STATE && is_its_device(self, it))
        device_notice(task, it);
    if (g_strcmp0(it->path, self->path) != 0 || self->state == NM_ACTIVE_CONNECTION_STATE_DEACTIVATED)
        return;
    if (it->kind == ND_NM_ACTIVE_STATE) {
        note_active(self, it);
    } else if (it->kind == ND_NM_OBJECT_REMOVED) {
        self->state = NM_ACTIVE_CONNECTION_STATE_DEACTIVATED;
    }
    go_on_if_settled(task);
}

static void set_device(nd_nm_activation *self, const char *device)
{
    if (device)
        self->device_guessed = false;
    if (!device || g_strcmp0(device, self->device) == 0)
        return;
    g_free(self->device);
    self->device = g_strdup(device);
    self->device_state = 0;
}

static void got_active(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    nd_nm_activation *self = task->data;
    GVariant *properties = nd_nm_value(reply);

    self->active = nd_nm_active_new(asked->path, properties);
    g_variant_unref(properties);
    if (!self->active)
        return;
    if (self->state != NM_ACTIVE_CONNECTION_STATE_DEACTIVATED)
        self->state = self->active->state;
    set_device(self, self->active->device);
}

static void looked(nd_nm_task *task)
{
    nd_nm_activation *self = task->data;

    if (!self->active)
        self->state = NM_ACTIVE_CONNECTION_STATE_DEACTIVATED;
    go_on_if_settled(task);
}

void nd_nm_see_it_up(nd_nm_task *task)
{
    nd_nm_activation *self = task->data;

    if (task->call->flags & NETDISC_NO_WAIT) {
        nd_nm_answer(task);
        return;
    }
    task->notice = notice;
    nd_nm_ask_all(task, self->path, NM_DBUS_INTERFACE_ACTIVE_CONNECTION, got_active);
    nd_nm_then(task, looked);
}

/* ---- Activating ----------------------------------------------------------------------------- */

static void begun(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    nd_nm_activation *self = task->data;

    (void)asked;
    g_variant_get(reply, "(o)", &self->path);
    nd_nm_accepted(task);
}

/* A VPN goes over another connection, and NetworkManager found none that is up. */
static bool has_no_base(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    const nd_nm_activation *self = task->data;

    (void)asked;
    if (!self->vpn || !nd_nm_is_error(error, UNKNOWN_CONNECTION))
        return false;

    char *message = g_strdup_printf(
        "NetworkManager could not connect \"%s\": no connection is up that a VPN could go over",
        self->name);

    nd_finish(task->call, NETDISC_ERROR_NO_NETWORK,
              &(nd_failure){
                  .status = NETDISC_ERROR_NO_NETWORK,
                  .message = message,
                  .native_domain = "dbus",
                  .native_name = UNKNOWN_CONNECTION,
              });
    g_free(message);
    nd_nm_task_end(task);
    return true;
}

void nd_nm_activate(nd_nm_task *task, const char *profile, const char *device)
{
    task->notice = notice;
    nd_nm_ask(task, &(nd_nm_question){
                        .path = NM_DBUS_PATH,
                        .interface = NM_DBUS_INTERFACE,
                        .method = "ActivateConnection",
                        .reply_type = "(o)",
                        .arguments = g_variant_new("(ooo)", profile, device, ND_NM_NO_PATH),
                        .on_reply = begun,
                        .forgive = has_no_base,
                    });
    nd_nm_then(task, nd_nm_see_it_up);
}

/* ---- Why not -------------------------------------------------------------------------------- */

static void answer_reason(nd_nm_task *task, const nd_nm_reason *reason, const char *enumeration)
{
    const nd_nm_activation *self = task->data;
    char *message =
        g_strdup_printf("NetworkManager could not connect \"%s\": %s", self->name, reason->text);
    char *name = g_strdup_printf("%s_%s", enumeration, reason->name);

    nd_finish(task->call, reason->status,
              &(nd_failure){
                  .status = reason->status,
                  .message = message,
                  .native_domain = "dbus",
                  .native_code = reason->number,
                  .native_name = name,
              });
    g_free(message);
    g_free(name);
    nd_nm_task_end(task);
}

void nd_nm_answer_why_down(nd_nm_task *task)
{
    nd_nm_activation *self = task->data;

    if (self->device_guessed)
        self->device_state = NM_DEVICE_STATE_UNKNOWN;
    /* It was gone before it could be looked at: another has taken its place. */
    if (self->reason == NM_ACTIVE_CONNECTION_STATE_REASON_UNKNOWN && !self->device_state && !self->told)
        nd_nm_refuse(task, NETDISC_ERROR_OPERATION_ABORTED,
                     "NetworkManager ended the activation of \"%s\" before it was up", self->name);
    else if (self->device_state && nd_nm_active_reason_is_vague(self->reason))
        answer_reason(task, self->device_why, "NM_DEVICE_STATE_REASON");
    else
        answer_reason(task, nd_nm_active_reason(self->reason), "NM_ACTIVE_CONNECTION_STATE_REASON");
}

/* ---- Named connections ---------------------------------------------------------------------- */

static void free_activation(void *data)
{
    nd_nm_activation_clear(data);
    g_free(data);
}

static void answer_up(nd_nm_task *task, const char *interface)
{
    const nd_nm_activation *self = task->data;
    nd_nm_active up = *self->active;

    up.state = self->state;
    nd_nm_connection_item(task->nm, &up, NULL, interface, nd_nm_add_to_call, task->call);
    nd_nm_answer(task);
}

static void got_interface(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    GVariant *value = nd_nm_value(reply);

    (void)asked;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        answer_up(task, g_variant_get_string(value, NULL));
    g_variant_unref(value);
}

static void answer_without_interface(nd_nm_task *task)
{
    answer_up(task, NULL);
}

static void connected(nd_nm_task *task)
{
    const nd_nm_activation *self = task->data;

    if (self->active->device)
        nd_nm_ask_property(task, self->active->device, NM_DBUS_INTERFACE_DEVICE, "Interface",
                           got_interface);
    nd_nm_then(task, answer_without_interface);
}

/* The item of the profile that is up already, or else on its way. */
static const nd_item *furthest(const nd_call *call)
{
    const nd_item *best = call->items[0];

    for (size_t i = 0; i < call->item_count; i++) {
        netdisc_state state = call->items[i]->as.connection.state;

        if (state == NETDISC_STATE_CONNECTED)
            return call->items[i];
        if (state == NETDISC_STATE_CONNECTING)
            best = call->items[i];
    }
    return best;
}

void nd_nm_connect_connection(nd_nm_task *task)
{
    const nd_item *item = furthest(task->call);
    const netdisc_connection *connection = &item->as.connection;

    if (connection->state == NETDISC_STATE_CONNECTED) {
        nd_add(task->call, item);
        nd_nm_answer(task);
        return;
    }

    nd_nm_activation *self = g_new0(nd_nm_activation, 1);
    nd_nm_key_parts key = nd_nm_split_key(item->key);

    nd_nm_activation_begin(self, connection->name, connected, nd_nm_answer_why_down);
    self->vpn = strcmp(connection->type, NM_SETTING_VPN_SETTING_NAME) == 0;
    nd_nm_task_take(task, self, free_activation);
    if (connection->state == NETDISC_STATE_CONNECTING) {
        self->path = g_strdup(key.active);
        nd_nm_see_it_up(task);
    } else {
        nd_nm_activate(task, key.object, ND_NM_NO_PATH);
    }
    nd_nm_key_clear(&key);
}
