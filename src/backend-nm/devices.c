/* SPDX-License-Identifier: MIT */
/* Listing and finding Wi-Fi devices. */
#include <string.h>

#include "reasons.h"
#include "search.h"

#define UNKNOWN_DEVICE NM_DBUS_INTERFACE ".UnknownDevice"

static void free_search(void *data)
{
    nd_nm_device_search *self = data;

    g_clear_pointer(&self->devices, g_hash_table_unref);
    g_free(self);
}

static void begin_search(nd_nm_task *task)
{
    nd_nm_device_search *self = g_new(nd_nm_device_search, 1);

    self->devices =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)nd_nm_device_free);
    nd_nm_task_take(task, self, free_search);
}

/* ---- Answers -------------------------------------------------------------------------------- */

/* The device whose `member` names the object that was asked; it may be of several. */
typedef void (*filler)(nd_nm_device *device, GVariant *value);

static void fill_those_with(nd_nm_task *task, size_t member, const char *path, GVariant *reply,
                            filler fill)
{
    const nd_nm_device_search *self = task->data;
    GVariant *value = nd_nm_value(reply);
    GHashTableIter iterator;
    void *device;

    g_hash_table_iter_init(&iterator, self->devices);
    while (g_hash_table_iter_next(&iterator, NULL, &device))
        if (g_strcmp0(G_STRUCT_MEMBER(char *, device, member), path) == 0)
            fill(device, value);
    g_variant_unref(value);
}

static void got_access_point(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    fill_those_with(task, G_STRUCT_OFFSET(nd_nm_device, access_point), asked->path, reply,
                    nd_nm_device_add_access_point);
}

static void add_profile(nd_nm_device *device, GVariant *name)
{
    if (!g_variant_is_of_type(name, G_VARIANT_TYPE_STRING))
        return;
    g_free(device->profile);
    device->profile = g_variant_dup_string(name, NULL);
}

static void got_profile(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    fill_those_with(task, G_STRUCT_OFFSET(nd_nm_device, active), asked->path, reply, add_profile);
}

static void got_wireless(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    const nd_nm_device_search *self = task->data;
    nd_nm_device *device = g_hash_table_lookup(self->devices, asked->path);
    GVariant *properties = nd_nm_value(reply);

    nd_nm_device_add_wireless(device, properties);
    if (device->access_point)
        nd_nm_ask_all(task, device->access_point, NM_DBUS_INTERFACE_ACCESS_POINT, got_access_point);
    g_variant_unref(properties);
}

static void got_device(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    const nd_nm_device_search *self = task->data;
    GVariant *properties = nd_nm_value(reply);
    nd_nm_device *device = nd_nm_device_new(asked->path, properties);

    g_variant_unref(properties);
    if (!device)
        return;
    device->seen = task->nm->heard;
    g_hash_table_replace(self->devices, device->path, device);
    if (!nd_nm_device_is_wifi(device))
        return;
    nd_nm_ask_all(task, asked->path, NM_DBUS_INTERFACE_DEVICE_WIRELESS, got_wireless);
    if (device->active)
        nd_nm_ask_property(task, device->active, NM_DBUS_INTERFACE_ACTIVE_CONNECTION, "Id", got_profile);
}

static void ask_device(nd_nm_task *task, const char *path)
{
    nd_nm_ask_all(task, path, NM_DBUS_INTERFACE_DEVICE, got_device);
}

static void got_devices(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    (void)asked;
    nd_nm_ask_each(task, reply, ask_device);
}

static void ask_devices(nd_nm_task *task)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = NM_DBUS_PATH,
                        .interface = NM_DBUS_INTERFACE,
                        .method = "GetDevices",
                        .reply_type = "(ao)",
                        .on_reply = got_devices,
                    });
}

static void got_device_path(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    const char *path;

    (void)asked;
    g_variant_get(reply, "(&o)", &path);
    ask_device(task, path);
}

static bool is_unknown(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    (void)task;
    (void)asked;
    return nd_nm_is_error(error, UNKNOWN_DEVICE);
}

static void ask_device_by_name(nd_nm_task *task, const char *name)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = NM_DBUS_PATH,
                        .interface = NM_DBUS_INTERFACE,
                        .method = "GetDeviceByIpIface",
                        .reply_type = "(o)",
                        .arguments = g_variant_new("(s)", name),
                        .on_reply = got_device_path,
                        .forgive = is_unknown,
                    });
}

/* ---- Walking -------------------------------------------------------------------------------- */

/* `uuid` NULL: every Wi-Fi device. */
static void add_wifi(nd_nm_task *task, const char *uuid)
{
    const nd_nm_device_search *self = task->data;
    GHashTableIter iterator;
    void *value;

    g_hash_table_iter_init(&iterator, self->devices);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const nd_nm_device *device = value;

        if (device->uuid && (!uuid || strcmp(uuid, device->uuid) == 0))
            nd_nm_wlan_item(task->nm, device, nd_nm_add_to_call, task->call);
    }
    nd_nm_answer(task);
}

static void add_all(nd_nm_task *task)
{
    add_wifi(task, NULL);
}

static void add_of_uuid(nd_nm_task *task)
{
    add_wifi(task, task->call->request->target.text);
}

/* There is one at most. */
static void add_named(nd_nm_task *task)
{
    const nd_nm_device_search *self = task->data;
    GHashTableIter iterator;
    void *value;

    g_hash_table_iter_init(&iterator, self->devices);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const nd_nm_device *device = value;

        if (!nd_nm_device_is_wifi(device))
            nd_nm_refuse(task, NETDISC_ERROR_NOT_FOUND, "%s is %s, not Wi-Fi", device->interface,
                         nd_nm_device_type(device->type));
    }
    add_all(task);
}

void nd_nm_search_devices(nd_nm_task *task)
{
    begin_search(task);
    ask_devices(task);
}

void nd_nm_search_device(nd_nm_task *task, const char *path)
{
    char *kept = g_strdup(path); /* it may be of the data that is replaced */

    begin_search(task);
    ask_device(task, kept);
    g_free(kept);
}

void nd_nm_answer_with_wlan(nd_nm_task *task, const char *path)
{
    nd_nm_search_device(task, path);
    nd_nm_then(task, add_all);
}

void nd_nm_list_wlans(nd_nm_task *task)
{
    nd_nm_search_devices(task);
    nd_nm_then(task, add_all);
}

/* After something was acted on, it is looked at again by its identity. */
static void ask_items(nd_nm_task *task)
{
    for (size_t i = 0; i < task->call->item_count; i++) {
        nd_nm_key_parts key = nd_nm_split_key(task->call->items[i]->key);

        ask_device(task, key.object);
        nd_nm_key_clear(&key);
    }
}

void nd_nm_find_wlans(nd_nm_task *task)
{
    static const nd_nm_step add_found[] = {
        [ND_FORM_NAME] = add_named,
        [ND_FORM_UUID] = add_of_uuid,
        [ND_FORM_ONLY] = add_all,
    };
    const nd_name *target = &task->call->request->target;

    begin_search(task);
    if (task->call->item_count > 0)
        ask_items(task);
    else if (target->form == ND_FORM_NAME)
        ask_device_by_name(task, target->text);
    else
        ask_devices(task);
    nd_nm_then(task, add_found[target->form]);
}
