/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "nm.h"

#define BUS_NAME      "org.freedesktop.DBus"
#define BUS_PATH      "/org/freedesktop/DBus"
#define OBJECTS       "org.freedesktop.DBus.ObjectManager"
#define OBJECTS_PATH  "/org/freedesktop"
#define NAME_NO_OWNER "org.freedesktop.DBus.Error.NameHasNoOwner"

/* ---- NetworkManager's signals --------------------------------------------------------------- */

typedef struct signal_row {
    nd_nm_signal_kind kind;
    const char *interface;
    const char *member;
    const char *body;
    const char *about; /* the first argument, if only one is of interest */
    bool watched;      /* needed for events and scans only */
} signal_row;

/* clang-format off */
static const signal_row signals[] = {
    {ND_NM_ACTIVE_STATE, NM_DBUS_INTERFACE_ACTIVE_CONNECTION, "StateChanged", "(uu)", NULL, false},
    {ND_NM_DEVICE_STATE, NM_DBUS_INTERFACE_DEVICE, "StateChanged", "(uuu)", NULL, false},
    {ND_NM_OBJECT_REMOVED, OBJECTS, "InterfacesRemoved", "(oas)", NULL, false},
    {ND_NM_OBJECT_ADDED, OBJECTS, "InterfacesAdded", "(oa{sa{sv}})", NULL, true},
    {ND_NM_PROPERTIES, ND_NM_PROPERTIES_INTERFACE, "PropertiesChanged", "(sa{sv}as)",
     NM_DBUS_INTERFACE_ACTIVE_CONNECTION, true},
    {ND_NM_PROPERTIES, ND_NM_PROPERTIES_INTERFACE, "PropertiesChanged", "(sa{sv}as)",
     NM_DBUS_INTERFACE_DEVICE, true},
    {ND_NM_PROPERTIES, ND_NM_PROPERTIES_INTERFACE, "PropertiesChanged", "(sa{sv}as)",
     NM_DBUS_INTERFACE_DEVICE_WIRELESS, true},
    {ND_NM_PROFILE_ADDED, NM_DBUS_INTERFACE_SETTINGS, "NewConnection", "(o)", NULL, true},
    {ND_NM_PROFILE_REMOVED, NM_DBUS_INTERFACE_SETTINGS, "ConnectionRemoved", "(o)", NULL, true},
    {ND_NM_PROFILE_UPDATED, NM_DBUS_INTERFACE_SETTINGS_CONNECTION, "Updated", "()", NULL, true},
};
/* clang-format on */

/* Fills in what the body of the signal says. */
static void read_body(nd_nm_signal *it)
{
    switch (it->kind) {
    case ND_NM_ACTIVE_STATE:
        g_variant_get(it->body, "(uu)", &it->state, &it->reason);
        break;
    case ND_NM_DEVICE_STATE:
        g_variant_get(it->body, "(uuu)", &it->state, &it->old, &it->reason);
        break;
    case ND_NM_OBJECT_ADDED:
    case ND_NM_OBJECT_REMOVED:
    case ND_NM_PROFILE_ADDED:
    case ND_NM_PROFILE_REMOVED:
        g_variant_get_child(it->body, 0, "&o", &it->path);
        break;
    default:
        break;
    }
}

typedef struct subscriber {
    nd_nm *nm;
    const signal_row *row;
} subscriber;

static void heard(GDBusConnection *connection, const char *sender, const char *path,
                  const char *interface, const char *member, GVariant *body, void *data)
{
    const subscriber *self = data;
    nd_nm_signal it = {.kind = self->row->kind, .path = path, .body = body, .number = ++self->nm->heard};

    (void)connection;
    (void)sender;
    (void)interface;
    (void)member;
    if (!g_variant_is_of_type(body, (const GVariantType *)self->row->body))
        return;
    read_body(&it);
    nd_nm_notice_all(self->nm, &it);
    nd_nm_watch_notice(self->nm->watch, &it);
}

static void unsubscribe(nd_nm *nm)
{
    for (guint i = 0; i < nm->subscriptions->len; i++)
        g_dbus_connection_signal_unsubscribe(nm->connection, g_array_index(nm->subscriptions, guint, i));
    g_array_set_size(nm->subscriptions, 0);
}

/* The next ones are made first: what both have in common is never missed. */
void nd_nm_bus_subscribe(nd_nm *nm)
{
    GArray *subscriptions = g_array_new(FALSE, FALSE, sizeof(guint));
    bool watched = nd_nm_is_watched(nm->watch) || nm->scans > 0;

    for (size_t i = 0; nm->owner && i < G_N_ELEMENTS(signals); i++) {
        const signal_row *row = &signals[i];

        if (row->watched && !watched)
            continue;

        subscriber *self = g_new(subscriber, 1);

        *self = (subscriber){nm, row};

        guint id = g_dbus_connection_signal_subscribe(nm->connection, nm->owner, row->interface,
                                                      row->member, NULL, row->about,
                                                      G_DBUS_SIGNAL_FLAGS_NONE, heard, self, g_free);

        g_array_append_val(subscriptions, id);
    }
    unsubscribe(nm);
    g_array_unref(nm->subscriptions);
    nm->subscriptions = subscriptions;
}

/* ---- Who owns the name ---------------------------------------------------------------------- */

static void set_owner(nd_nm *nm, const char *owner)
{
    g_free(nm->owner);
    nm->owner = owner && *owner ? g_strdup(owner) : NULL;
    g_hash_table_remove_all(nm->seen_to_end);
    nd_nm_bus_subscribe(nm);
}

static void owner_changed(GDBusConnection *connection, const char *sender, const char *path,
                          const char *interface, const char *member, GVariant *body, void *data)
{
    nd_nm *nm = data;
    const char *owner;

    (void)connection;
    (void)sender;
    (void)path;
    (void)interface;
    (void)member;
    if (!g_variant_is_of_type(body, G_VARIANT_TYPE("(sss)")))
        return;
    g_variant_get_child(body, 2, "&s", &owner);
    if (g_strcmp0(owner, nm->owner) == 0)
        return;
    nd_nm_fail_all(nm, NETDISC_ERROR_REQUEST_ABORTED, "NetworkManager has ended");
    set_owner(nm, owner);
    nd_nm_watch_lose(nm->watch, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "NetworkManager has ended");
    if (nm->owner)
        nd_nm_watch_begin(nm->watch);
}

/* Before anyone is asked who it is, so that no change is missed. */
static bool look_for_owner(nd_nm *nm, GError **error)
{
    const char *owner = NULL;
    GVariant *reply;

    nm->owner_subscription = g_dbus_connection_signal_subscribe(
        nm->connection, BUS_NAME, BUS_NAME, "NameOwnerChanged", BUS_PATH, NM_DBUS_SERVICE,
        G_DBUS_SIGNAL_FLAGS_NONE, owner_changed, nm, NULL);
    reply = g_dbus_connection_call_sync(nm->connection, BUS_NAME, BUS_PATH, BUS_NAME, "GetNameOwner",
                                        g_variant_new("(s)", NM_DBUS_SERVICE), G_VARIANT_TYPE("(s)"),
                                        G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, nm->closing, error);
    if (!reply && !nd_nm_is_error(*error, NAME_NO_OWNER))
        return false;
    g_clear_error(error);
    if (reply)
        g_variant_get_child(reply, 0, "&s", &owner);
    set_owner(nm, owner);
    if (reply)
        g_variant_unref(reply);
    return true;
}

/* ---- The connection ------------------------------------------------------------------------- */

static void closed(GDBusConnection *connection, gboolean vanished, GError *error, void *data)
{
    nd_nm *nm = data;

    (void)connection;
    (void)vanished;
    (void)error;
    nd_nm_fail_all(nm, NETDISC_ERROR_CONNECTION_ABORTED, "the system bus has ended");
    nd_nm_bus_close(nm);
    nd_nm_watch_lose(nm->watch, NETDISC_ERROR_SERVICE_NOT_ACTIVE, "the system bus has ended");
}

/* A connection of our own: that which a program shares ends it when the bus does. */
static GDBusConnection *dial(nd_nm *nm, GError **error)
{
    char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, nm->closing, error);
    GDBusConnection *connection = NULL;

    if (address)
        connection =
            g_dbus_connection_new_for_address_sync(address,
                                                   G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                   NULL, nm->closing, error);
    g_free(address);
    return connection;
}

bool nd_nm_bus_connect(nd_nm *nm, GError **error)
{
    if (nm->connection)
        return true;
    nm->connection = dial(nm, error);
    if (!nm->connection)
        return false;
    g_dbus_connection_set_exit_on_close(nm->connection, FALSE);
    if (!look_for_owner(nm, error)) {
        nd_nm_bus_close(nm);
        return false;
    }
    g_signal_connect(nm->connection, "closed", G_CALLBACK(closed), nm);
    nd_nm_watch_look(nm->watch);
    return true;
}

/* The last reference closes it, in GLib's thread: to close it here would wait for the bus to read. */
void nd_nm_bus_close(nd_nm *nm)
{
    GDBusConnection *connection = nm->connection;

    if (!connection)
        return;
    unsubscribe(nm);
    g_dbus_connection_signal_unsubscribe(connection, nm->owner_subscription);
    g_signal_handlers_disconnect_by_data(connection, nm);
    g_clear_pointer(&nm->owner, g_free);
    nm->connection = NULL;
    g_object_unref(connection);
}
