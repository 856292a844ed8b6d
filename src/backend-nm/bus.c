/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "nm.h"

#define BUS_NAME "org.freedesktop.DBus"
#define BUS_PATH "/org/freedesktop/DBus"
#define OBJECTS  "org.freedesktop.DBus.ObjectManager"

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

static guint subscribe(nd_nm *nm, const signal_row *row)
{
    subscriber *self = g_new(subscriber, 1);

    *self = (subscriber){nm, row};
    return g_dbus_connection_signal_subscribe(nm->connection, nm->owner, row->interface, row->member,
                                              NULL, row->about, G_DBUS_SIGNAL_FLAGS_NONE, heard, self,
                                              g_free);
}

static void unsubscribe(nd_nm *nm, size_t row)
{
    if (nm->subscriptions[row])
        g_dbus_connection_signal_unsubscribe(nm->connection, nm->subscriptions[row]);
    nm->subscriptions[row] = 0;
}

static void unsubscribe_all(nd_nm *nm)
{
    for (size_t i = 0; nm->subscriptions && i < G_N_ELEMENTS(signals); i++)
        unsubscribe(nm, i);
}

/* A row that stays is left alone: a signal that waits to be told is lost with its subscription. */
void nd_nm_bus_subscribe(nd_nm *nm)
{
    bool watched = nd_nm_is_watched(nm->watch) || nm->scans > 0;

    if (!nm->subscriptions)
        nm->subscriptions = g_new0(guint, G_N_ELEMENTS(signals));
    for (size_t i = 0; nm->owner && i < G_N_ELEMENTS(signals); i++) {
        if (signals[i].watched && !watched)
            unsubscribe(nm, i);
        else if (!nm->subscriptions[i])
            nm->subscriptions[i] = subscribe(nm, &signals[i]);
    }
}

/* ---- Who owns the name ---------------------------------------------------------------------- */

static void set_owner(nd_nm *nm, const char *owner)
{
    unsubscribe_all(nm);
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
static bool look_for_owner(nd_nm *nm, GCancellable *cancellable, GError **error)
{
    const char *owner = NULL;
    GVariant *reply;

    nm->owner_subscription = g_dbus_connection_signal_subscribe(
        nm->connection, BUS_NAME, BUS_NAME, "NameOwnerChanged", BUS_PATH, NM_DBUS_SERVICE,
        G_DBUS_SIGNAL_FLAGS_NONE, owner_changed, nm, NULL);
    reply = g_dbus_connection_call_sync(nm->connection, BUS_NAME, BUS_PATH, BUS_NAME, "GetNameOwner",
                                        g_variant_new("(s)", NM_DBUS_SERVICE), G_VARIANT_TYPE("(s)"),
                                        G_DBUS_CALL_FLAGS_NO_AUTO_START, G_MAXINT, cancellable, error);
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

/* Others would start a program. */
static bool is_address_for_us(const char *address, GError **error)
{
    if (!strstr(address, "autolaunch:") && !strstr(address, "unixexec:"))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                "the address \"%s\" would start a program", address);
    return false;
}

/* A connection of our own: that which a program shares ends it when the bus does. */
static GDBusConnection *dial(GCancellable *cancellable, GError **error)
{
    char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, cancellable, error);
    GDBusConnection *connection = NULL;

    if (address && is_address_for_us(address, error))
        connection =
            g_dbus_connection_new_for_address_sync(address,
                                                   G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                       G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                   NULL, cancellable, error);
    g_free(address);
    return connection;
}

static GCancellable *pick_up(nd_nm *nm, const nd_call *call)
{
    GCancellable *cancellable = g_cancellable_new();

    pthread_mutex_lock(&nm->lock);
    nm->dial = g_object_ref(cancellable);
    nm->dial_call = call;
    pthread_mutex_unlock(&nm->lock);
    /* It may have been given up, or the end have come, before there was something to end. */
    if (g_cancellable_is_cancelled(nm->closing) || (call && nd_abandoned((nd_call *)call)))
        g_cancellable_cancel(cancellable);
    return cancellable;
}

static void put_down(nd_nm *nm, GCancellable *cancellable)
{
    pthread_mutex_lock(&nm->lock);
    g_clear_object(&nm->dial);
    nm->dial_call = NULL;
    pthread_mutex_unlock(&nm->lock);
    g_object_unref(cancellable);
}

void nd_nm_bus_hang_up(nd_nm *nm, const nd_call *call)
{
    GCancellable *cancellable = NULL;

    pthread_mutex_lock(&nm->lock);
    if (nm->dial && (!call || !nm->dial_call || nm->dial_call == call))
        cancellable = g_object_ref(nm->dial);
    pthread_mutex_unlock(&nm->lock);
    if (!cancellable)
        return;
    g_cancellable_cancel(cancellable);
    g_object_unref(cancellable);
}

bool nd_nm_bus_is_absent(const GError *error)
{
    return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND) ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED) ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT) ||
           g_error_matches(error, G_IO_ERROR, G_IO_ERROR_FAILED);
}

char *nd_nm_bus_explain(const GError *error)
{
    return g_strconcat(nd_nm_bus_is_absent(error) ? "there is no system bus: " : "the system bus: ",
                       error->message, NULL);
}

/* GLib ends the program where it finds none left for what it opens itself. */
bool nd_nm_has_descriptors(void)
{
    enum { NEEDED = 8 };
    int probes[NEEDED];
    size_t count = 0;

    while (count < NEEDED && (probes[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
        count++;
    for (size_t i = 0; i < count; i++)
        close(probes[i]);
    return count == NEEDED;
}

static bool connect_to_bus(nd_nm *nm, GCancellable *cancellable, GError **error)
{
    if (!nd_nm_has_descriptors()) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES, "too many open files");
        return false;
    }
    nm->connection = dial(cancellable, error);
    if (!nm->connection)
        return false;
    if (look_for_owner(nm, cancellable, error))
        return true;
    nd_nm_bus_close(nm);
    return false;
}

bool nd_nm_bus_connect(nd_nm *nm, const nd_call *call, GError **error)
{
    if (nm->connection)
        return true;

    GCancellable *cancellable = pick_up(nm, call);
    bool connected = connect_to_bus(nm, cancellable, error);

    put_down(nm, cancellable);
    if (!connected)
        return false;
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
    unsubscribe_all(nm);
    g_dbus_connection_signal_unsubscribe(connection, nm->owner_subscription);
    g_signal_handlers_disconnect_by_data(connection, nm);
    g_clear_pointer(&nm->owner, g_free);
    nm->connection = NULL;
    g_object_unref(connection);
}
