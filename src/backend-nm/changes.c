/* SPDX-License-Identifier: MIT */
/* What a signal of NetworkManager changes in the picture, and the event that it makes. */
#include <string.h>

#include "reasons.h"
#include "search.h"
#include "watch.h"

/* ---- Emitting ------------------------------------------------------------------------------- */

typedef struct change {
    const nd_nm_watch *watch;
    netdisc_event_type type;
    netdisc_state old;
    netdisc_status status;
    const char *reason;
} change;

static void emit_item(void *data, const nd_item *item)
{
    const change *what = data;

    nd_emit(what->watch->nm->host, &(nd_event){
                                       .type = what->type,
                                       .item = item,
                                       .old_state = what->old,
                                       .status = what->status,
                                       .reason = what->reason,
                                   });
}

static const nd_nm_device *device_of(const nd_nm_watch *self, const nd_nm_active *active)
{
    return active->device ? g_hash_table_lookup(self->devices, active->device) : NULL;
}

static void emit_active(const nd_nm_active *active, change what)
{
    const nd_nm_watch *self = what.watch;
    const nd_nm_device *device = device_of(self, active);

    nd_nm_connection_item(self->nm, active, g_hash_table_lookup(self->profiles, active->profile),
                          device ? device->interface : NULL, emit_item, &what);
}

static void emit_profile(const nd_nm_profile *profile, change what)
{
    nd_nm_connection_item(what.watch->nm, NULL, profile, NULL, emit_item, &what);
}

static void emit_device(const nd_nm_device *device, change what)
{
    if (device->uuid)
        nd_nm_wlan_item(what.watch->nm, device, emit_item, &what);
}

/* ---- Connections ---------------------------------------------------------------------------- */

static bool is_live(const nd_nm_active *active)
{
    return active->state != NM_ACTIVE_CONNECTION_STATE_DEACTIVATED;
}

/* Another activation of the same profile, or NULL. */
static const nd_nm_active *other_activation(const nd_nm_watch *self, const char *profile,
                                            const nd_nm_active *than)
{
    GHashTableIter iterator;
    void *active;

    g_hash_table_iter_init(&iterator, self->actives);
    while (g_hash_table_iter_next(&iterator, NULL, &active))
        if (active != than && is_live(active) &&
            strcmp(((const nd_nm_active *)active)->profile, profile) == 0)
            return active;
    return NULL;
}

/* An activation comes and goes by itself where another one is, or where its profile is not known: it
 * is another user's, or was gone before it could be read. Else it is the profile that changes. */
static bool stands_alone(const nd_nm_watch *self, const nd_nm_active *active)
{
    return !g_hash_table_contains(self->profiles, active->profile) ||
           other_activation(self, active->profile, active);
}

/* An active connection that says only that its device went down is asked for the device's reason. */
static const nd_nm_reason *reason_of(const nd_nm_watch *self, const nd_nm_active *active,
                                     uint32_t reason)
{
    const nd_nm_device *device = device_of(self, active);

    if (nd_nm_active_reason_is_vague(reason) && device && device->why)
        return device->why;
    if (reason <= NM_ACTIVE_CONNECTION_STATE_REASON_NONE)
        return NULL;
    return nd_nm_active_reason(reason);
}

/* It did not come up, or its device says that it failed. */
static bool is_failure(const nd_nm_device *device, netdisc_state old, netdisc_state now)
{
    if (now != NETDISC_STATE_DISCONNECTING && now != NETDISC_STATE_DISCONNECTED)
        return false;
    return old == NETDISC_STATE_CONNECTING || (device && device->state == NM_DEVICE_STATE_FAILED);
}

/* A profile that was deleted while it was active goes with its last activation. */
static void profile_is_idle(nd_nm_watch *self, const char *path)
{
    const nd_nm_profile *profile = g_hash_table_lookup(self->profiles, path);

    if (!profile || !profile->deleted || other_activation(self, path, NULL))
        return;
    emit_profile(profile, (change){.watch = self,
                                   .type = NETDISC_EVENT_REMOVED,
                                   .old = NETDISC_STATE_DISCONNECTED,
                                   .reason = "the profile was deleted"});
    g_hash_table_remove(self->profiles, path);
}

static netdisc_status status_of_failure(const nd_nm_reason *why)
{
    return why ? why->status : NETDISC_ERROR_GEN_FAILURE;
}

static void set_active_state(nd_nm_watch *self, nd_nm_active *active, uint32_t state, uint32_t reason)
{
    netdisc_state old = nd_nm_active_state(active->state);
    netdisc_state now = nd_nm_active_state(state);
    bool failed = is_failure(device_of(self, active), old, now);
    bool goes = now == NETDISC_STATE_DISCONNECTED && stands_alone(self, active);

    active->reason = nd_nm_active_reason_after(active->state, active->reason, state, reason);
    active->state = state;
    if (old == now)
        return;

    const nd_nm_reason *why = reason_of(self, active, active->reason);

    emit_active(active, (change){
                            .watch = self,
                            .type = goes ? NETDISC_EVENT_REMOVED : NETDISC_EVENT_CHANGED,
                            .old = old,
                            .status = failed ? status_of_failure(why) : NETDISC_NO_ERROR,
                            .reason = why ? why->text : NULL,
                        });
    if (now == NETDISC_STATE_DISCONNECTED)
        profile_is_idle(self, active->profile);
}

static void active_state(nd_nm_watch *self, const nd_nm_signal *it)
{
    nd_nm_active *active = g_hash_table_lookup(self->actives, it->path);

    if (active && it->number > active->seen)
        set_active_state(self, active, it->state, it->reason);
}

static void active_added(nd_nm_watch *self, const nd_nm_signal *it, GVariant *properties)
{
    nd_nm_active *active = nd_nm_active_new(it->path, properties);

    if (!active || g_hash_table_contains(self->actives, it->path)) {
        g_clear_pointer(&active, nd_nm_active_free);
        return;
    }
    active->seen = it->number;
    g_hash_table_insert(self->actives, active->path, active);

    emit_active(active,
                (change){
                    .watch = self,
                    .type = stands_alone(self, active) ? NETDISC_EVENT_ADDED : NETDISC_EVENT_CHANGED,
                    .old = NETDISC_STATE_DISCONNECTED,
                });
}

static void active_removed(nd_nm_watch *self, const nd_nm_signal *it)
{
    nd_nm_active *active = g_hash_table_lookup(self->actives, it->path);

    if (!active)
        return;
    set_active_state(self, active, NM_ACTIVE_CONNECTION_STATE_DEACTIVATED,
                     NM_ACTIVE_CONNECTION_STATE_REASON_UNKNOWN);
    g_hash_table_remove(self->actives, it->path);
}

/* It loses its devices when it ends; the last one is kept for the events of its end. */
static void active_changed(nd_nm_watch *self, const nd_nm_signal *it, GVariant *properties)
{
    nd_nm_active *active = g_hash_table_lookup(self->actives, it->path);
    GVariant *devices = g_variant_lookup_value(properties, "Devices", G_VARIANT_TYPE_OBJECT_PATH_ARRAY);

    if (active && devices && it->number > active->seen && g_variant_n_children(devices) > 0) {
        g_free(active->device);
        g_variant_get_child(devices, 0, "o", &active->device);
    }
    if (devices)
        g_variant_unref(devices);
}

/* ---- Profiles ------------------------------------------------------------------------------- */

static void profile_changed(nd_nm_watch *self, const nd_nm_profile *profile)
{
    const nd_nm_active *active = other_activation(self, profile->path, NULL);
    change what = {.watch = self, .type = NETDISC_EVENT_CHANGED, .reason = "the profile was edited"};

    what.old = active ? nd_nm_active_state(active->state) : NETDISC_STATE_DISCONNECTED;
    if (active)
        emit_active(active, what);
    else
        emit_profile(profile, what);
}

static bool looks_the_same(const nd_nm_profile *a, const nd_nm_profile *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->type, b->type) == 0 &&
           a->autoconnect == b->autoconnect;
}

static void profile_removed(nd_nm_watch *self, const nd_nm_signal *it)
{
    nd_nm_profile *profile = g_hash_table_lookup(self->profiles, it->path);

    if (!profile)
        return;
    profile->deleted = true;
    profile_is_idle(self, it->path);
}

static void profile_read(nd_nm_task *task)
{
    nd_nm_watch *self = task->nm->watch;
    nd_nm_connection_search *found = task->data;
    nd_nm_profile *profile = NULL;

    g_hash_table_steal_extended(found->profiles, self->asking->path, NULL, (void **)&profile);
    if (profile) {
        const nd_nm_profile *known = g_hash_table_lookup(self->profiles, profile->path);
        bool same = known && looks_the_same(known, profile);

        g_hash_table_replace(self->profiles, profile->path, profile);
        if (!known && !other_activation(self, profile->path, NULL))
            emit_profile(profile, (change){.watch = self, .type = NETDISC_EVENT_ADDED});
        else if (known && !same)
            profile_changed(self, profile);
    } else {
        profile_removed(self, self->asking); /* or it is not for us any more */
    }
    nd_nm_end_question(self);
}

static void profile_added_or_updated(nd_nm_watch *self, const nd_nm_signal *it)
{
    const nd_nm_profile *known = g_hash_table_lookup(self->profiles, it->path);

    if (known && it->number <= known->seen)
        return;

    nd_nm_task *task = nd_nm_begin_question(self, it);

    nd_nm_search_profile(task, it->path);
    nd_nm_then(task, profile_read);
}

/* ---- Devices -------------------------------------------------------------------------------- */

static void emit_device_change(const nd_nm_watch *self, const nd_nm_device *device, netdisc_state old)
{
    netdisc_state now = nd_nm_device_state(device->state);
    const nd_nm_reason *why = device->why;

    emit_device(device,
                (change){
                    .watch = self,
                    .type = NETDISC_EVENT_CHANGED,
                    .old = old,
                    .status = why && is_failure(device, old, now) ? why->status : NETDISC_NO_ERROR,
                    .reason = why ? why->text : NULL,
                });
}

static const nd_nm_reason *reason_given(const nd_nm_signal *it)
{
    return it->reason > NM_DEVICE_STATE_REASON_UNKNOWN ? nd_nm_device_reason_in(it->old, it->reason)
                                                       : NULL;
}

/* What follows a failure has no reason of its own. */
static void set_device_state(nd_nm_device *device, const nd_nm_signal *it, const nd_nm_device *before)
{
    bool follows = it->old == NM_DEVICE_STATE_FAILED && it->reason == NM_DEVICE_STATE_REASON_NONE;

    device->why = follows && before ? before->why : reason_given(it);
    device->state = it->state;
    if (it->state <= NM_DEVICE_STATE_DISCONNECTED)
        nd_nm_device_clear_link(device);
}

/* The device as it was read, in place of the one known, with the state that the signal told of. */
static void device_read(nd_nm_task *task)
{
    nd_nm_watch *self = task->nm->watch;
    const nd_nm_device_search *found = task->data;
    const nd_nm_signal *it = self->asking;
    nd_nm_device *known = g_hash_table_lookup(self->devices, it->path);
    netdisc_state old = known ? nd_nm_device_state(known->state) : NETDISC_STATE_UNKNOWN;
    bool is_new = !known || !known->uuid;
    nd_nm_device *device = NULL;

    g_hash_table_steal_extended(found->devices, it->path, NULL, (void **)&device);
    /* It vanished while it was read. */
    if (device && !device->uuid && !is_new)
        g_clear_pointer(&device, nd_nm_device_free);
    if (device && it->kind == ND_NM_DEVICE_STATE) {
        set_device_state(device, it, known);
        device->seen = it->number;
    }
    if (device)
        g_hash_table_replace(self->devices, device->path, device);
    if (device && is_new)
        emit_device(device, (change){.watch = self, .type = NETDISC_EVENT_ADDED});
    else if (device)
        emit_device_change(self, device, old);
    else if (known && it->kind == ND_NM_DEVICE_STATE)
        known->why = reason_given(it);
    nd_nm_end_question(self);
}

static void look_at_device(nd_nm_watch *self, const nd_nm_signal *it)
{
    nd_nm_task *task = nd_nm_begin_question(self, it);

    nd_nm_search_device(task, it->path);
    nd_nm_then(task, device_read);
}

static void device_state(nd_nm_watch *self, const nd_nm_signal *it)
{
    nd_nm_device *device = g_hash_table_lookup(self->devices, it->path);

    if (!device || it->number <= device->seen)
        return;
    if (nd_nm_device_is_wifi(device) &&
        nd_nm_device_state(device->state) != nd_nm_device_state(it->state)) {
        look_at_device(self, it);
        return;
    }
    set_device_state(device, it, device);
}

static void device_added(nd_nm_watch *self, const nd_nm_signal *it, GVariant *properties)
{
    nd_nm_device *device = nd_nm_device_new(it->path, properties);

    if (!device || g_hash_table_contains(self->devices, it->path)) {
        g_clear_pointer(&device, nd_nm_device_free);
    } else if (nd_nm_device_is_wifi(device)) {
        nd_nm_device_free(device);
        look_at_device(self, it);
    } else {
        device->seen = it->number;
        g_hash_table_insert(self->devices, device->path, device);
    }
}

static void device_removed(nd_nm_watch *self, const nd_nm_signal *it)
{
    const nd_nm_device *device = g_hash_table_lookup(self->devices, it->path);

    if (!device)
        return;
    emit_device(device, (change){
                            .watch = self,
                            .type = NETDISC_EVENT_REMOVED,
                            .old = nd_nm_device_state(device->state),
                            .reason = device->why ? device->why->text : NULL,
                        });
    g_hash_table_remove(self->devices, it->path);
}

static void device_renamed(nd_nm_watch *self, const nd_nm_signal *it, GVariant *properties)
{
    nd_nm_device *device = g_hash_table_lookup(self->devices, it->path);
    char *interface = nd_nm_lookup_string(properties, "Interface");

    if (device && interface && it->number > device->seen) {
        g_free(device->interface);
        device->interface = g_steal_pointer(&interface);
    }
    g_free(interface);
}

/* A new device can be named now; or one that is up has gone over to another access point of its
 * network. */
static void wireless_changed(nd_nm_watch *self, const nd_nm_signal *it, GVariant *properties)
{
    const nd_nm_device *device = g_hash_table_lookup(self->devices, it->path);

    if (!device || it->number <= device->seen)
        return;

    char *address = nd_nm_lookup_string(properties, "PermHwAddress");
    char *access_point = nd_nm_lookup_path(properties, "ActiveAccessPoint");
    bool roamed = access_point && device->state == NM_DEVICE_STATE_ACTIVATED &&
                  g_strcmp0(access_point, device->access_point) != 0;

    if (roamed || (address && !device->uuid))
        look_at_device(self, it);
    g_free(address);
    g_free(access_point);
}

/* ---- Signals -------------------------------------------------------------------------------- */

typedef struct interface_row {
    const char *interface;
    void (*act)(nd_nm_watch *self, const nd_nm_signal *it, GVariant *properties);
} interface_row;

static void object_added(nd_nm_watch *self, const nd_nm_signal *it)
{
    static const interface_row rows[] = {
        {NM_DBUS_INTERFACE_ACTIVE_CONNECTION, active_added},
        {NM_DBUS_INTERFACE_DEVICE, device_added},
    };
    GVariant *interfaces = g_variant_get_child_value(it->body, 1);

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GVariant *properties =
            g_variant_lookup_value(interfaces, rows[i].interface, G_VARIANT_TYPE_VARDICT);

        if (!properties)
            continue;
        rows[i].act(self, it, properties);
        g_variant_unref(properties);
    }
    g_variant_unref(interfaces);
}

static void object_removed(nd_nm_watch *self, const nd_nm_signal *it)
{
    active_removed(self, it);
    device_removed(self, it);
}

static void properties_changed(nd_nm_watch *self, const nd_nm_signal *it)
{
    static const interface_row rows[] = {
        {NM_DBUS_INTERFACE_ACTIVE_CONNECTION, active_changed},
        {NM_DBUS_INTERFACE_DEVICE, device_renamed},
        {NM_DBUS_INTERFACE_DEVICE_WIRELESS, wireless_changed},
    };
    GVariant *properties = g_variant_get_child_value(it->body, 1);
    const char *interface;

    g_variant_get_child(it->body, 0, "&s", &interface);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].interface, interface) == 0)
            rows[i].act(self, it, properties);
    g_variant_unref(properties);
}

void nd_nm_act_on(nd_nm_watch *self, const nd_nm_signal *it)
{
    static void (*const act[])(nd_nm_watch * self, const nd_nm_signal *it) = {
        [ND_NM_ACTIVE_STATE] = active_state,       [ND_NM_DEVICE_STATE] = device_state,
        [ND_NM_OBJECT_ADDED] = object_added,       [ND_NM_OBJECT_REMOVED] = object_removed,
        [ND_NM_PROPERTIES] = properties_changed,   [ND_NM_PROFILE_ADDED] = profile_added_or_updated,
        [ND_NM_PROFILE_REMOVED] = profile_removed, [ND_NM_PROFILE_UPDATED] = profile_added_or_updated,
    };

    act[it->kind](self, it);
}
