/* SPDX-License-Identifier: MIT */
/*
 * Listing and finding profiles. What is to be ended is looked for among what is active first: that
 * costs the same with one profile and with thousands, for NetworkManager has no lookup by name, and
 * each profile is a question.
 */
#include <string.h>

#include "search.h"

#define NO_SUCH_PROFILE NM_DBUS_INTERFACE_SETTINGS ".InvalidConnection"
#define NOT_FOR_US      NM_DBUS_INTERFACE_SETTINGS ".PermissionDenied"

static void free_search(void *data)
{
    nd_nm_connection_search *self = data;

    g_clear_pointer(&self->actives, g_ptr_array_unref);
    g_clear_pointer(&self->profiles, g_hash_table_unref);
    g_hash_table_unref(self->interfaces);
    g_free(self);
}

static void begin_search(nd_nm_task *task)
{
    nd_nm_connection_search *self = g_new(nd_nm_connection_search, 1);

    self->actives = g_ptr_array_new_with_free_func((GDestroyNotify)nd_nm_active_free);
    self->profiles =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)nd_nm_profile_free);
    self->interfaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    nd_nm_task_take(task, self, free_search);
}

/* ---- What is looked for --------------------------------------------------------------------- */

static bool is_named(const nd_nm_task *task, const char *uuid, const char *name)
{
    if (!task->call || task->call->slot != ND_CONNECTION_FIND)
        return true;

    const nd_name *target = &task->call->request->target;

    return strcmp(target->text, target->form == ND_FORM_UUID ? uuid : name) == 0;
}

/* After something was acted on it is looked for by its identity, else by its name. */
static bool is_wanted(const nd_nm_task *task, const char *active_path)
{
    const nd_call *call = task->call;

    for (size_t i = 0; call && i < call->item_count; i++)
        if (g_str_has_suffix(call->items[i]->key, active_path))
            return true;
    return !call || call->item_count == 0;
}

/* ---- Answers -------------------------------------------------------------------------------- */

static void got_interface(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    nd_nm_connection_search *self = task->data;
    GVariant *value = nd_nm_value(reply);

    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        g_hash_table_replace(self->interfaces, g_strdup(asked->path), g_variant_dup_string(value, NULL));
    g_variant_unref(value);
}

static void ask_interface(nd_nm_task *task, const char *device)
{
    nd_nm_connection_search *self = task->data;

    if (!device || g_hash_table_contains(self->interfaces, device))
        return;
    g_hash_table_insert(self->interfaces, g_strdup(device), g_strdup(""));
    nd_nm_ask_property(task, device, NM_DBUS_INTERFACE_DEVICE, "Interface", got_interface);
}

static void got_active(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    nd_nm_connection_search *self = task->data;
    GVariant *properties = nd_nm_value(reply);
    nd_nm_active *active = nd_nm_active_new(asked->path, properties);

    g_variant_unref(properties);
    /* One that is being made or removed may have no profile, but not one that was acted on. */
    if (!active && task->call && task->call->item_count > 0)
        nd_nm_fail_odd(task);
    if (!active)
        return;
    active->seen = task->nm->heard;
    if (!is_named(task, active->uuid, active->name)) {
        nd_nm_active_free(active);
        return;
    }
    g_ptr_array_add(self->actives, active);
    ask_interface(task, active->device);
}

static void got_actives(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    GVariant *paths = nd_nm_value(reply);
    GVariantIter iterator;
    const char *path;

    (void)asked;
    if (g_variant_is_of_type(paths, G_VARIANT_TYPE_OBJECT_PATH_ARRAY)) {
        g_variant_iter_init(&iterator, paths);
        while (g_variant_iter_next(&iterator, "&o", &path))
            if (is_wanted(task, path))
                nd_nm_ask_all(task, path, NM_DBUS_INTERFACE_ACTIVE_CONNECTION, got_active);
    } else {
        nd_nm_fail_odd(task);
    }
    g_variant_unref(paths);
}

static void ask_actives(nd_nm_task *task)
{
    nd_nm_ask_property(task, NM_DBUS_PATH, NM_DBUS_INTERFACE, "ActiveConnections", got_actives);
}

static void got_profile(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    nd_nm_connection_search *self = task->data;
    GVariant *settings = nd_nm_value(reply);
    nd_nm_profile *profile = nd_nm_profile_new(asked->path, settings);

    g_variant_unref(settings);
    if (!profile)
        return;
    profile->seen = task->nm->heard;
    if (is_named(task, profile->uuid, profile->name))
        g_hash_table_replace(self->profiles, profile->path, profile);
    else
        nd_nm_profile_free(profile);
}

/* Other users' profiles are as good as not there. */
static bool is_no_concern(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    return nd_nm_vanished(task, asked, error) || nd_nm_is_error(error, NOT_FOR_US);
}

static void ask_profile(nd_nm_task *task, const char *path)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = path,
                        .interface = NM_DBUS_INTERFACE_SETTINGS_CONNECTION,
                        .method = "GetSettings",
                        .reply_type = "(a{sa{sv}})",
                        .on_reply = got_profile,
                        .forgive = is_no_concern,
                    });
}

static void got_profiles(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    (void)asked;
    nd_nm_ask_each(task, reply, ask_profile);
}

static void ask_profiles(nd_nm_task *task)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = NM_DBUS_PATH_SETTINGS,
                        .interface = NM_DBUS_INTERFACE_SETTINGS,
                        .method = "ListConnections",
                        .reply_type = "(ao)",
                        .on_reply = got_profiles,
                    });
}

static void got_profile_path(nd_nm_task *task, const nd_nm_question *asked, GVariant *reply)
{
    const char *path;

    (void)asked;
    g_variant_get(reply, "(&o)", &path);
    ask_profile(task, path);
}

static bool is_unknown(nd_nm_task *task, const nd_nm_question *asked, const GError *error)
{
    (void)task;
    (void)asked;
    return nd_nm_is_error(error, NO_SUCH_PROFILE);
}

static void ask_profile_by_uuid(nd_nm_task *task, const char *uuid)
{
    nd_nm_ask(task, &(nd_nm_question){
                        .path = NM_DBUS_PATH_SETTINGS,
                        .interface = NM_DBUS_INTERFACE_SETTINGS,
                        .method = "GetConnectionByUuid",
                        .reply_type = "(o)",
                        .arguments = g_variant_new("(s)", uuid),
                        .on_reply = got_profile_path,
                        .forgive = is_unknown,
                    });
}

/* ---- Walking -------------------------------------------------------------------------------- */

static void add_actives(nd_nm_task *task, GHashTable *added)
{
    const nd_nm_connection_search *self = task->data;

    for (guint i = 0; i < self->actives->len; i++) {
        const nd_nm_active *active = self->actives->pdata[i];
        const char *interface =
            active->device ? g_hash_table_lookup(self->interfaces, active->device) : NULL;

        nd_nm_connection_item(task->nm, active, g_hash_table_lookup(self->profiles, active->profile),
                              interface && *interface ? interface : NULL, nd_nm_add_to_call, task->call);
        g_hash_table_add(added, active->profile);
    }
}

static int by_name(const void *a, const void *b)
{
    const nd_nm_profile *first = *(const nd_nm_profile *const *)a;
    const nd_nm_profile *second = *(const nd_nm_profile *const *)b;
    int order = strcmp(first->name, second->name);

    return order ? order : strcmp(first->uuid, second->uuid);
}

/* Those that are not active, in an order that stays. */
static void add_idle(nd_nm_task *task, GHashTable *added)
{
    const nd_nm_connection_search *self = task->data;
    GPtrArray *idle = g_ptr_array_new();
    GHashTableIter iterator;
    void *path;
    void *profile;

    g_hash_table_iter_init(&iterator, self->profiles);
    while (g_hash_table_iter_next(&iterator, &path, &profile))
        if (!g_hash_table_contains(added, path))
            g_ptr_array_add(idle, profile);
    g_ptr_array_sort(idle, by_name);
    for (guint i = 0; i < idle->len; i++)
        nd_nm_connection_item(task->nm, NULL, idle->pdata[i], NULL, nd_nm_add_to_call, task->call);
    g_ptr_array_unref(idle);
}

static void add_found(nd_nm_task *task)
{
    GHashTable *added = g_hash_table_new(g_str_hash, g_str_equal);

    add_actives(task, added);
    add_idle(task, added);
    g_hash_table_unref(added);
    nd_nm_answer(task);
}

void nd_nm_search_connections(nd_nm_task *task)
{
    begin_search(task);
    ask_actives(task);
    ask_profiles(task);
}

void nd_nm_search_profile(nd_nm_task *task, const char *path)
{
    begin_search(task);
    ask_profile(task, path);
}

void nd_nm_search_profile_by_uuid(nd_nm_task *task, const char *uuid)
{
    begin_search(task);
    ask_profile_by_uuid(task, uuid);
}

void nd_nm_search_profiles(nd_nm_task *task)
{
    begin_search(task);
    ask_profiles(task);
}

void nd_nm_list_connections(nd_nm_task *task)
{
    nd_nm_search_connections(task);
    nd_nm_then(task, add_found);
}

static void look_among_profiles(nd_nm_task *task)
{
    const nd_nm_connection_search *self = task->data;
    const nd_name *target = &task->call->request->target;
    bool ends = task->call->purpose == ND_CONNECTION_DISCONNECT || target->form == ND_FORM_UUID;
    bool enough = (self->actives->len > 0 && ends) || task->call->item_count > 0;

    if (!enough && target->form == ND_FORM_UUID)
        ask_profile_by_uuid(task, target->text);
    else if (!enough)
        ask_profiles(task);
    nd_nm_then(task, add_found);
}

/* What is looked for again was seen to end, every part of it. */
static bool were_seen_to_end(nd_nm_task *task)
{
    bool all = task->call->item_count > 0;

    for (size_t i = 0; i < task->call->item_count; i++) {
        nd_nm_key_parts key = nd_nm_split_key(task->call->items[i]->key);

        all = g_hash_table_remove(task->nm->seen_to_end, key.active) && all;
        nd_nm_key_clear(&key);
    }
    return all;
}

void nd_nm_find_connections(nd_nm_task *task)
{
    if (were_seen_to_end(task)) {
        nd_nm_answer(task);
        return;
    }
    begin_search(task);
    ask_actives(task);
    nd_nm_then(task, look_among_profiles);
}
