/* SPDX-License-Identifier: MIT */
/* The world: what NetworkManager is told, and what it says, past netdisc. */
#include <gio/gio.h>
#include <string.h>

#include "world.h"
#include "world_nm.h"

#define NM         "org.freedesktop.NetworkManager"
#define ROOT       "/org/freedesktop/NetworkManager"
#define ACTIVE     NM ".Connection.Active"
#define DEVICE     NM ".Device"
#define PROPERTIES "org.freedesktop.DBus.Properties"

static GMainContext *loop;
static GDBusConnection *bus;
/* Set with each signal that comes. */
static bool news;

/* ---- The bus -------------------------------------------------------------------------------- */

static void on_signal(GDBusConnection *connection, const char *sender, const char *path,
                      const char *interface, const char *name, GVariant *parameters, void *data)
{
    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    (void)name;
    (void)parameters;
    (void)data;
    news = true;
}

void world_nm_forget(void)
{
    if (bus) {
        g_dbus_connection_close_sync(bus, NULL, NULL);
        g_object_unref(bus);
        bus = NULL;
    }
    if (loop) {
        while (g_main_context_iteration(loop, FALSE))
            continue;
        g_main_context_unref(loop);
        loop = NULL;
    }
}

/* What tells of changes in what is looked at here; NetworkManager says much more. */
static void subscribe(void)
{
    static const struct {
        const char *sender;
        const char *interface;
        const char *path;
    } rows[] = {
        {"org.freedesktop.DBus", "org.freedesktop.DBus", NULL},
        {NM, "org.freedesktop.DBus.ObjectManager", NULL},
        {NM, PROPERTIES, ROOT},
        {NM, ACTIVE, NULL},
        {NM, DEVICE, NULL},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_dbus_connection_signal_subscribe(bus, rows[i].sender, rows[i].interface, NULL, rows[i].path,
                                           NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_signal, NULL, NULL);
}

static void need_bus(void)
{
    GError *error = NULL;

    if (bus && !g_dbus_connection_is_closed(bus))
        return;
    world_nm_forget();
    loop = g_main_context_new();
    g_main_context_push_thread_default(loop);
    bus = g_dbus_connection_new_for_address_sync(g_getenv("DBUS_SYSTEM_BUS_ADDRESS"),
                                                 G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                     G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                 NULL, NULL, &error);
    if (!bus)
        bed_die("no bus: %s", error->message);
    subscribe();
    g_main_context_pop_thread_default(loop);
}

static GVariant *call(const char *to, const char *path, const char *interface, const char *method,
                      GVariant *arguments, GError **error)
{
    need_bus();
    return g_dbus_connection_call_sync(bus, to, path, interface, method, arguments, NULL,
                                       G_DBUS_CALL_FLAGS_NO_AUTO_START, WORLD_MS, NULL, error);
}

/* NULL: NetworkManager did not do it; `error` says why. */
static GVariant *tell(const char *path, const char *interface, const char *method, GVariant *arguments,
                      GError **error)
{
    return call(NM, path, interface, method, arguments, error);
}

static void discard(GVariant *reply)
{
    if (reply)
        g_variant_unref(reply);
}

bool world_call(const char *path, const char *interface, const char *method, const char *arguments)
{
    char *full_path = g_strconcat(ROOT, path, NULL);
    char *full_interface = *interface ? g_strconcat(NM ".", interface, NULL) : g_strdup(NM);
    GError *error = NULL;
    GVariant *parsed = g_variant_parse(NULL, arguments, NULL, NULL, &error);
    GVariant *reply = parsed ? tell(full_path, full_interface, method, parsed, &error) : NULL;
    bool good = reply != NULL;

    if (!good)
        g_printerr("# %s: %s\n", method, error->message);
    discard(reply);
    discard(parsed);
    g_clear_error(&error);
    g_free(full_interface);
    g_free(full_path);
    return good;
}

/* ---- Waiting -------------------------------------------------------------------------------- */

static gboolean at_deadline(void *over)
{
    *(bool *)over = true;
    return G_SOURCE_REMOVE;
}

bool world_wait(bool (*is_so)(const void *data), const void *data)
{
    bool over = false;
    bool so;
    GSource *deadline = g_timeout_source_new(WORLD_MS);

    need_bus();
    g_source_set_callback(deadline, at_deadline, &over, NULL);
    g_source_attach(deadline, loop);
    for (news = false; !(so = is_so(data)) && !over; news = false) {
        while (!news && !over)
            g_main_context_iteration(loop, TRUE);
        /* Signals come in flocks. */
        while (g_main_context_iteration(loop, FALSE))
            continue;
    }
    g_source_destroy(deadline);
    g_source_unref(deadline);
    return so;
}

static bool has_owner(const void *name)
{
    GVariant *reply = call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                           "NameHasOwner", g_variant_new("(s)", (const char *)name), NULL);
    gboolean owned = FALSE;

    if (reply)
        g_variant_get(reply, "(b)", &owned);
    discard(reply);
    return owned;
}

bool world_await_name(const char *name)
{
    return world_wait(has_owner, name);
}

static bool has_started(const void *data)
{
    GVariant *reply = tell(ROOT, PROPERTIES, "Get", g_variant_new("(ss)", NM, "Startup"), NULL);
    GVariant *value = NULL;
    bool started;

    (void)data;
    if (reply)
        g_variant_get(reply, "(v)", &value);
    started = value && !g_variant_get_boolean(value);
    discard(value);
    discard(reply);
    return started;
}

bool world_nm_await_startup(void)
{
    return world_wait(has_started, NULL);
}

/* ---- Looking -------------------------------------------------------------------------------- */

/* False: enough. */
typedef bool (*look_fn)(const char *path, GVariant *properties, void *data);

/* Every object that has the interface, as of one moment. */
static void look(const char *interface, look_fn fn, void *data)
{
    GVariant *reply = call(NM, "/org/freedesktop", "org.freedesktop.DBus.ObjectManager",
                           "GetManagedObjects", NULL, NULL);
    GVariantIter *objects;
    GVariant *interfaces;
    const char *path;
    bool go_on = true;

    if (!reply)
        return;
    g_variant_get(reply, "(a{oa{sa{sv}}})", &objects);
    while (g_variant_iter_next(objects, "{&o@a{sa{sv}}}", &path, &interfaces)) {
        GVariant *properties = g_variant_lookup_value(interfaces, interface, NULL);

        if (properties && go_on)
            go_on = fn(path, properties, data);
        discard(properties);
        g_variant_unref(interfaces);
    }
    g_variant_iter_free(objects);
    g_variant_unref(reply);
}

typedef struct activations {
    const char *uuid;
    size_t count;
    unsigned state;
    char path[WORLD_PATH];
} activations;

static bool look_at_active(const char *path, GVariant *properties, void *data)
{
    activations *found = data;
    const char *uuid = "";
    guint32 state = WORLD_GONE;

    g_variant_lookup(properties, "Uuid", "&s", &uuid);
    g_variant_lookup(properties, "State", "u", &state);
    if (strcmp(uuid, found->uuid) != 0 || state > WORLD_DEACTIVATING || state == WORLD_GONE)
        return true;
    if (found->count++ == 0) {
        found->state = state;
        g_strlcpy(found->path, path, sizeof found->path);
    }
    return true;
}

static activations find_active(const char *uuid)
{
    activations found = {.uuid = uuid};

    look(ACTIVE, look_at_active, &found);
    return found;
}

unsigned world_state(const char *uuid)
{
    return find_active(uuid).state;
}

size_t world_count(const char *uuid)
{
    return find_active(uuid).count;
}

const char *world_active_path(const char *uuid)
{
    static char path[WORLD_PATH];
    activations found = find_active(uuid);

    memcpy(path, found.path, sizeof path);
    return path;
}

typedef struct device {
    const char *name;
    unsigned state;
    char path[WORLD_PATH];
} device;

static bool look_at_device(const char *path, GVariant *properties, void *data)
{
    device *wanted = data;
    const char *name = "";
    guint32 state = 0;

    g_variant_lookup(properties, "Interface", "&s", &name);
    if (strcmp(name, wanted->name) != 0)
        return true;
    g_variant_lookup(properties, "State", "u", &state);
    wanted->state = state;
    g_strlcpy(wanted->path, path, sizeof wanted->path);
    return false;
}

static device find_device(const char *name)
{
    device wanted = {.name = name, .path = "/"};

    look(DEVICE, look_at_device, &wanted);
    return wanted;
}

unsigned world_device_state(const char *name)
{
    return find_device(name).state;
}

typedef struct wanted_state {
    const char *name;
    unsigned state;
} wanted_state;

static bool connection_is(const void *data)
{
    const wanted_state *wanted = data;

    return world_state(wanted->name) == wanted->state;
}

bool world_wait_state(const char *uuid, unsigned state)
{
    wanted_state wanted = {uuid, state};

    return world_wait(connection_is, &wanted);
}

static bool device_is(const void *data)
{
    const wanted_state *wanted = data;

    return world_device_state(wanted->name) == wanted->state;
}

bool world_wait_device(const char *name, unsigned state)
{
    wanted_state wanted = {name, state};

    return world_wait(device_is, &wanted);
}

/* ---- Acts ----------------------------------------------------------------------------------- */

/* A method of NetworkManager that answers with an object. */
static void tell_for_path(const char *path, const char *interface, const char *method,
                          GVariant *arguments, char out[WORLD_PATH])
{
    GError *error = NULL;
    GVariant *reply = tell(path, interface, method, arguments, &error);
    const char *answer;

    if (!reply)
        bed_die("%s: %s", method, error->message);
    g_variant_get(reply, "(&o)", &answer);
    g_strlcpy(out, answer, WORLD_PATH);
    g_variant_unref(reply);
}

static void find_profile(const char *uuid, char out[WORLD_PATH])
{
    tell_for_path(ROOT "/Settings", NM ".Settings", "GetConnectionByUuid", g_variant_new("(s)", uuid),
                  out);
}

static void activate(const char *uuid, const char *on, char out[WORLD_PATH])
{
    char profile[WORLD_PATH];
    device wanted = {.path = "/"};

    if (on)
        wanted = find_device(on);
    find_profile(uuid, profile);
    tell_for_path(ROOT, NM, "ActivateConnection", g_variant_new("(ooo)", profile, wanted.path, "/"),
                  out);
}

void world_begin_up(const char *uuid, const char *on)
{
    char path[WORLD_PATH];

    activate(uuid, on, path);
}

static bool path_is_up(const void *path)
{
    GVariant *reply = tell(path, PROPERTIES, "Get", g_variant_new("(ss)", ACTIVE, "State"), NULL);
    GVariant *value = NULL;
    bool up;

    if (reply)
        g_variant_get(reply, "(v)", &value);
    up = value && g_variant_get_uint32(value) == WORLD_ACTIVATED;
    discard(value);
    discard(reply);
    return up;
}

void world_up(const char *uuid, const char *on)
{
    char path[WORLD_PATH];

    activate(uuid, on, path);
    if (!world_wait(path_is_up, path))
        bed_die("%s was not activated", uuid);
}

/* What has ended by itself meanwhile is fine. */
static void deactivate(const char *path)
{
    GError *error = NULL;
    GVariant *reply = tell(ROOT, NM, "DeactivateConnection", g_variant_new("(o)", path), &error);
    char *name = reply ? NULL : g_dbus_error_get_remote_error(error);

    if (!reply && g_strcmp0(name, NM ".ConnectionNotActive") != 0)
        bed_die("DeactivateConnection: %s", error->message);
    discard(reply);
    g_free(name);
    g_clear_error(&error);
}

void world_begin_down(const char *uuid)
{
    const char *path = world_active_path(uuid);

    if (!*path)
        bed_die("%s is not active", uuid);
    deactivate(path);
}

static bool is_gone(const void *path)
{
    GVariant *reply = tell(path, PROPERTIES, "Get", g_variant_new("(ss)", ACTIVE, "State"), NULL);

    discard(reply);
    return !reply;
}

void world_down(const char *uuid)
{
    char path[WORLD_PATH];

    while (g_strlcpy(path, world_active_path(uuid), sizeof path) > 0) {
        deactivate(path);
        if (!world_wait(is_gone, path))
            bed_die("%s was not deactivated", uuid);
    }
}

void world_begin_down_on(const char *name)
{
    device wanted = find_device(name);
    GError *error = NULL;
    GVariant *reply = tell(wanted.path, DEVICE, "Disconnect", NULL, &error);

    if (!reply)
        bed_die("Disconnect: %s", error->message);
    g_variant_unref(reply);
}

void world_delete(const char *uuid)
{
    char path[WORLD_PATH];
    GError *error = NULL;
    GVariant *reply;

    find_profile(uuid, path);
    reply = tell(path, NM ".Settings.Connection", "Delete", NULL, &error);
    if (!reply)
        bed_die("Delete: %s", error->message);
    g_variant_unref(reply);
}
